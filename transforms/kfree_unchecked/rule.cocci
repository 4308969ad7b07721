/// Don't test for NULL in front of functions that do.

@depends on !(file in "tools") && !(file in "scripts")@
expression x;
@@
- if (x != NULL)
(
  kfree(x);
|
  kvfree(x);
|
  vfree(x);
|
  kfree_sensitive(x);
|
  kmem_cache_destroy(x);
|
  mempool_destroy(x);
|
  dma_pool_destroy(x);
)
