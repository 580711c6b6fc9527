#!/usr/bin/env bash
# Boots a kernel in qemu, always with software emulation. qemu ends when the
# machine powers off or reboots, or after the time limit, then with exit code 124.
# Usage: vm.sh [-k KERNEL] [-i INITRAMFS] [-d DISK]... [-a WORDS] [-s FILE] [-S FILE] [-m SOCKET] [-t SECONDS]
#   -k  the kernel (the newest /boot/vmlinuz-*-cloud-amd64: `apt-get install
#       linux-image-cloud-amd64` has NVMe and ext4 built in, so it needs no modules)
#   -i  the initramfs
#   -d  a disk image: /dev/nvme0n1, then nvme1n1 …
#   -a  words for the kernel's command line
#   -s  the serial console goes to this file, or to a socket that nobody need
#       read with unix:PATH, and not to the terminal
#   -S  a second serial line, /dev/ttyS1, goes to this file
#   -m  qemu's monitor listens on this socket
#   -t  the time limit (120)
set -euo pipefail
kernel='' initramfs='' words='' serial=stdio second='' monitor='' limit=120 disks=()
while getopts k:i:d:a:s:S:m:t: word; do
	case $word in
	k) kernel=$OPTARG ;;
	i) initramfs=$OPTARG ;;
	d) disks+=("$OPTARG") ;;
	a) words=$OPTARG ;;
	s) serial=$OPTARG ;;
	S) second=$OPTARG ;;
	m) monitor=$OPTARG ;;
	t) limit=$OPTARG ;;
	*) exit 2 ;;
	esac
done
if [ -z "$kernel" ]; then
	kernel=$(ls /boot/vmlinuz-*-cloud-amd64 2>/dev/null | sort -V | tail -n 1)
fi
[ -n "$kernel" ] || { echo "vm.sh: no kernel: apt-get install linux-image-cloud-amd64" >&2; exit 1; }

case $serial in
stdio) console=stdio ;;
unix:*) console=$serial,server=on,wait=off ;;
*) console=file:$serial ;;
esac
command=(qemu-system-x86_64 -accel tcg -machine q35 -cpu max -m 256 -smp 1
	-display none -no-user-config -nodefaults -no-reboot
	-kernel "$kernel" -append "console=ttyS0 panic=-1 $words" -serial "$console")
[ -z "$second" ] || command+=(-serial "file:$second")
[ -z "$initramfs" ] || command+=(-initrd "$initramfs")
[ -z "$monitor" ] || command+=(-monitor "unix:$monitor,server=on,wait=off")
for i in "${!disks[@]}"; do
	command+=(-drive "if=none,id=disk$i,format=raw,file=${disks[$i]}" -device "nvme,drive=disk$i,serial=disk$i")
done
exec timeout --kill-after=5 "$limit" "${command[@]}"
