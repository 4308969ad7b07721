/// Use the helpers for strings that depend on a condition.

// Only files that have the helpers, and only those that do not define them.
@choices@
@@
#include <linux/string_choices.h>

@helpers@
@@
#include <linux/string_helpers.h>

@defines@
identifier f = { str_yes_no, str_on_off, str_enable_disable, str_enabled_disabled, str_read_write };
@@
f(...) { ... }

@depends on (choices || helpers) && !defines@
expression e;
@@
(
- (e) ? "yes" : "no"
+ str_yes_no(e)
|
- e ? "yes" : "no"
+ str_yes_no(e)
|
- (e) ? "on" : "off"
+ str_on_off(e)
|
- e ? "on" : "off"
+ str_on_off(e)
|
- (e) ? "enable" : "disable"
+ str_enable_disable(e)
|
- e ? "enable" : "disable"
+ str_enable_disable(e)
|
- (e) ? "enabled" : "disabled"
+ str_enabled_disabled(e)
|
- e ? "enabled" : "disabled"
+ str_enabled_disabled(e)
|
- (e) ? "read" : "write"
+ str_read_write(e)
|
- e ? "read" : "write"
+ str_read_write(e)
)
