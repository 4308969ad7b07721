void f(char *to, const char *from)
{
	strscpy(to, from, 8);
}
