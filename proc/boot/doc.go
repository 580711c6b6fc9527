// Package boot is what PID 1 does to the machine or the container around it. It
// knows no service and no server.
//
//   - Machine makes a machine of what the kernel handed over: mounts, descriptors,
//     names, the loopback interface, and says what the kernel's command line wants.
//   - SwitchRoot goes on from an initramfs to the real root.
//   - Shell gives the operator a shell on the console.
//   - End and Now end a machine and never return; EndOffspring and KillOffspring
//     end what is left of a container.
//   - Console prints to somebody who may not be listening.
//
// What fails on the way up is said and survived, what blocks on the way down is
// given up after a while: there is nobody above PID 1 to start it again.
//
// zinit-pid1 and proc/builtin import it. It imports of ours proc/volume and as little
// else as it can: every package that is linked costs PID 1 memory.
package boot
