// The rename of vm_insert_page() as a semantic patch, for comparison: uses, prototypes, definitions and exports. Comments,
// strings, macro bodies and Documentation/ are beyond it.

@@
@@
- vm_insert_page
+ vm_insert_kmem_page

@@
type T;
parameter list ps;
@@
T
- vm_insert_page
+ vm_insert_kmem_page
 (ps);

@@
type T;
parameter list ps;
statement list ss;
@@
T
- vm_insert_page
+ vm_insert_kmem_page
 (ps) { ss }
