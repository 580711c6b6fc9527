/* The shortest program: what a whole run of anything costs at least. */
int main(void) { return 0; }
