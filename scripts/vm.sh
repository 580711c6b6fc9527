#!/usr/bin/env bash
# Boots a kernel in qemu, always with software emulation. qemu ends when the
# machine powers off or reboots, or after the time limit, then with exit code 124.
# Usage: vm.sh [-k KERNEL] [-i INITRAMFS] [-d DISK]... [-p DISK] [-a WORDS] [-s FILE] [-S FILE] [-m SOCKET] [-t SECONDS] [-I]
#   -k  the kernel (the newest /boot/vmlinuz-*-cloud-amd64: `apt-get install
#       linux-image-cloud-amd64` has NVMe and ext4 built in, so it needs no modules)
#   -i  the initramfs
#   -d  a disk image: /dev/nvme0n1, then nvme1n1 …
#   -p  a disk image that the monitor may plug in later: device_add
#       nvme,drive=later,serial=later,bus=empty
#   -a  words for the kernel's command line
#   -s  the serial console goes to this file, or to a socket that nobody need
#       read with unix:PATH, and not to the terminal
#   -S  a second serial line, /dev/ttyS1, goes to this file, or to a socket as with -s
#   -m  qemu's monitor listens on this socket
#   -t  the time limit (120)
#   -I  the clock counts instructions, one a nanosecond, and not time
set -euo pipefail
kernel='' initramfs='' words='' serial=stdio second='' monitor='' limit=120 clock=() later='' disks=()
while getopts k:i:d:p:a:s:S:m:t:I word; do
	case $word in
	k) kernel=$OPTARG ;;
	i) initramfs=$OPTARG ;;
	d) disks+=("$OPTARG") ;;
	p) later=$OPTARG ;;
	a) words=$OPTARG ;;
	s) serial=$OPTARG ;;
	S) second=$OPTARG ;;
	m) monitor=$OPTARG ;;
	t) limit=$OPTARG ;;
	I) clock=(-icount 'shift=0,sleep=off') ;;
	*) exit 2 ;;
	esac
done
if [ -z "$kernel" ]; then
	kernel=$(ls /boot/vmlinuz-*-cloud-amd64 2>/dev/null | sort -V | tail -n 1)
fi
[ -n "$kernel" ] || { echo "vm.sh: no kernel: apt-get install linux-image-cloud-amd64" >&2; exit 1; }

# line is where a serial line goes, in qemu's words.
line() {
	case $1 in
	stdio) echo stdio ;;
	unix:*) echo "$1,server=on,wait=off" ;;
	*) echo "file:$1" ;;
	esac
}
command=(qemu-system-x86_64 -accel tcg ${clock[@]+"${clock[@]}"} -machine q35 -cpu max -m 256 -smp 1
	-display none -no-user-config -nodefaults -no-reboot
	-kernel "$kernel" -append "console=ttyS0 panic=-1 no_timer_check $words" -serial "$(line "$serial")")
[ -z "$second" ] || command+=(-serial "$(line "$second")")
[ -z "$initramfs" ] || command+=(-initrd "$initramfs")
[ -z "$monitor" ] || command+=(-monitor "unix:$monitor,server=on,wait=off")
[ -z "$later" ] || command+=(-device pcie-root-port,id=empty,slot=1 -drive "if=none,id=later,format=raw,file=$later")
for i in "${!disks[@]}"; do
	command+=(-drive "if=none,id=disk$i,format=raw,file=${disks[$i]}" -device "nvme,drive=disk$i,serial=disk$i")
done
exec timeout --kill-after=5 "$limit" "${command[@]}"
