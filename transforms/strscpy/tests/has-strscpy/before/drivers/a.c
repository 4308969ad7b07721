void f(char *to, const char *from)
{
	strlcpy(to, from, 8);
}
