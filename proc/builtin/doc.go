// Package builtin is what zinit does itself on the way up of a machine, so that an
// image needs no scripts for it: exec = "@builtin:NAME". Each is a oneshot in a
// process of its own, as any service: a mount that hangs harms nobody else, what is
// printed is in the service's log, and the exit code is the outcome.
//
//   - sysctl sets kernel parameters: sysctl.d(5).
//   - modules loads kernel modules: modules-load.d(5).
//   - fstab mounts file systems: fstab(5).
//   - swap begins to use swap space: the swap lines of fstab(5).
//   - sysvol mounts the volume labelled sysvol at /var/lib/sysvol, and makes one of
//     the blank device that zinit.sysvol=DEVICE on the kernel's command line names.
//
// A task goes on after what fails, says each failure, and fails at the end.
//
// applets/builtin imports it. It knows nothing of services and runs only on a machine.
package builtin
