#!/bin/sh
# Gives what is run under it a /dev of its own, so that the machine's /dev/log is left
# alone, in a mount namespace that ends with it.
set -e
mount -t tmpfs -o mode=755 dev DIR/dev
for node in null zero urandom tty; do
	: >DIR/dev/$node
	mount --bind /dev/$node DIR/dev/$node
done
mount --move DIR/dev /dev
exec "$@"
