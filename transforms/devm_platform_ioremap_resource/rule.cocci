/// Map a device's registers with one call.

@r@
expression pdev, n, base;
local idexpression struct resource *res;
identifier f;
@@
f(...)
{
  ...
- res = platform_get_resource(pdev, IORESOURCE_MEM, n);
- base = devm_ioremap_resource(&pdev->dev, res);
+ base = devm_platform_ioremap_resource(pdev, n);
  ... when != res
      when strict
}

@depends on r@
identifier r.f, res;
@@
f(...)
{
  ... when any
- struct resource *res;
  ... when != res
      when strict
}
