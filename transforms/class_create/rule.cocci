/// Drop the module from class_create(), which takes none since 6.4.

@@
expression name;
@@
- class_create(THIS_MODULE, name)
+ class_create(name)
