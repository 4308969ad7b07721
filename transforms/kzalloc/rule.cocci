/// Allocate zeroed memory instead of clearing it.

@depends on !(file in "tools") && !(file in "scripts")@
expression x, size, flags;
statement S;
@@
(
- x = kmalloc(size, flags);
+ x = kzalloc(size, flags);
|
- x = kvmalloc(size, flags);
+ x = kvzalloc(size, flags);
|
- x = vmalloc(size);
+ x = vzalloc(size);
)
  if (x == NULL) S
- memset(x, 0, size);
