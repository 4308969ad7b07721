/// Call strscpy() instead of strlcpy() where the result is not used.

@depends on !(file in "tools") && !(file in "scripts") && !(file in "usr")@
expression to, from, size;
@@
- strlcpy(to, from, size);
+ strscpy(to, from, size);
