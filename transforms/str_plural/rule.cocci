/// Use str_plural() for the s of a plural.

@choices@
@@
#include <linux/string_choices.h>

@helpers@
@@
#include <linux/string_helpers.h>

@defines@
@@
str_plural(...) { ... }

// str_plural() takes a size_t: a wider number would be cut.
@depends on (choices || helpers) && !defines@
{int, unsigned int, unsigned, long, unsigned long, size_t, u8, u16, u32, s8, s16, s32} n;
@@
(
- (n == 1) ? "" : "s"
+ str_plural(n)
|
- n == 1 ? "" : "s"
+ str_plural(n)
|
- (n != 1) ? "s" : ""
+ str_plural(n)
|
- n != 1 ? "s" : ""
+ str_plural(n)
)
