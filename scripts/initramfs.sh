#!/usr/bin/env bash
# Builds an initramfs with zinit as its init, without being root.
# Usage: initramfs.sh [-b BINARY] [-c DIR] [-f DIR] [-o FILE]
#   -b  the zinit binary (./zinit)
#   -c  service files for /etc/zinit/services
#   -f  a tree of files to add, for example bin/sh or etc/zinit/system
#   -o  the archive to write (initramfs.cpio); a name that ends in .gz is compressed
set -euo pipefail
binary=zinit services='' files='' out=initramfs.cpio
while getopts b:c:f:o: word; do
	case $word in
	b) binary=$OPTARG ;;
	c) services=$OPTARG ;;
	f) files=$OPTARG ;;
	o) out=$OPTARG ;;
	*) exit 2 ;;
	esac
done
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# record is one header of the newc format, see buffer-format.rst of Linux, for
# what has no content. Usage: record NAME MODE MAJOR MINOR
record() {
	printf '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X' \
		0 "$2" 0 0 1 0 0 0 0 "$3" "$4" $((${#1} + 1)) 0
	printf '%s\0' "$1"
	head -c $(((4 - (110 + ${#1} + 1) % 4) % 4)) /dev/zero
}

# nodes is an archive of what nobody but root may make as files. Without them
# the kernel starts us with no descriptors, and Go cannot live with that.
nodes() {
	record dev $((0040755)) 0 0
	record dev/console $((0020600)) 5 1
	record dev/null $((0020666)) 1 3
	record TRAILER!!! 0 0 0
}

# tree is an archive of the rest. The kernel takes several, one behind the other.
tree() {
	(cd "$root" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0)
}

mkdir -p "$root"/{etc/zinit/{system,services},proc,sys,run,tmp,bin,sbin}
chmod 1777 "$root/tmp"
if [ -n "$files" ]; then cp -a "$files/." "$root/"; fi
if [ -n "$services" ]; then cp -aL "$services/." "$root/etc/zinit/services/"; fi
install -m 755 "$binary" "$root/bin/zinit"
ln -sf bin/zinit "$root/init"
ln -sf ../bin/zinit "$root/sbin/init"

pack=cat
case $out in *.gz) pack='gzip -9' ;; esac
{ nodes && tree; } | $pack >"$out"
