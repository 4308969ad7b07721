static int foo_acquire;

int bar(void)
{
	return foo_get() + foo_acquire;
}
