// Package volume knows what is on block devices: which file system, under which
// label and UUID. It reads superblocks by itself, for udev and blkid may not be
// there, and mounts nothing.
//
// proc/boot looks for the real root with it, proc/builtin for what fstab(5) names.
package volume
