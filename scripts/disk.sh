#!/usr/bin/env bash
# Builds an ext4 disk image with zinit as /sbin/init. It takes no root; the files
# belong to whoever runs it, so that for root's it is run as root or with fakeroot.
# Usage: disk.sh [-b BINARY] [-c DIR] [-f DIR] [-l LABEL] [-s SIZE] [-o FILE]
#   -b  the zinit binary (./zinit)
#   -c  service files for /etc/zinit/services
#   -f  a tree of files to add
#   -l  the file system's label (zinit)
#   -s  its size, as mke2fs takes it (64M)
#   -o  the image to write (disk.img)
set -euo pipefail
PATH="$PATH:/usr/sbin:/sbin"
binary=zinit services='' files='' label=zinit size=64M out=disk.img
while getopts b:c:f:l:s:o: word; do
	case $word in
	b) binary=$OPTARG ;;
	c) services=$OPTARG ;;
	f) files=$OPTARG ;;
	l) label=$OPTARG ;;
	s) size=$OPTARG ;;
	o) out=$OPTARG ;;
	*) exit 2 ;;
	esac
done
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

mkdir -p "$root"/{etc/zinit/{system,services},dev,proc,sys,run,tmp,var,bin,sbin,root}
chmod 1777 "$root/tmp"
chmod 700 "$root/root"
if [ -n "$files" ]; then cp -a "$files/." "$root/"; fi
if [ -n "$services" ]; then cp -aL "$services/." "$root/etc/zinit/services/"; fi
install -m 755 "$binary" "$root/bin/zinit"
for name in init zinit-pid1 zinit-server; do
	ln -sf ../bin/zinit "$root/sbin/$name"
done

rm -f "$out"
mke2fs -q -t ext4 -E root_owner=0:0 -L "$label" -d "$root" "$out" "$size" >/dev/null
# Nodes for a kernel without devtmpfs; nobody but root may make them as files.
debugfs -w -f /dev/stdin "$out" >/dev/null 2>&1 <<-'END'
	cd /dev
	mknod console c 5 1
	mknod null c 1 3
END
