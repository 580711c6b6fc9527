// Package vm is a test of zinit as the init of a machine: it boots a real kernel
// in qemu, from an initramfs and from a disk, and looks at the serial console and
// at the disk. The images are built by scripts/initramfs.sh and scripts/disk.sh,
// and qemu is started by scripts/vm.sh, always with software emulation.
//
// It needs qemu-system-x86_64, Debian's linux-image-cloud-amd64, whose NVMe and
// ext4 are built in, cpio, e2fsprogs and busybox-static, and docker.io for a container in
// the machine, but not root. Only the shop of scripts/stack on a machine, which
// scripts/shop.sh builds, takes root, and its daemons.
package vm
