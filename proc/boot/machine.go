package boot

import (
	"fmt"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Machine makes a machine of what the kernel handed over, and gives what the
// kernel's command line asks for. It may be called again, also where an initramfs
// or a container engine did it before. What fails is said and survived.
func Machine(say Say) CommandLine {
	// Ctrl-Alt-Del shall be a SIGINT to us and not an instant reset, reboot(2).
	if err := unix.Reboot(unix.LINUX_REBOOT_CMD_CAD_OFF); err != nil {
		say("cannot take over Ctrl-Alt-Del: %v", err)
	}
	mountAll(mounts, say)
	linkDescriptors(say)
	openConsole(say)
	fillEnvironment()
	for _, step := range []func() error{setHostname, loopbackUp} {
		if err := step(); err != nil {
			say("%v", err)
		}
	}
	return readCommandLine(say)
}

func readCommandLine(say Say) CommandLine {
	text, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		say("cannot read the kernel's command line: %v", err)
	}
	c := ParseCommandLine(string(text))
	if len(c.Unknown) > 0 {
		say("ignored on the kernel's command line: %s", strings.Join(c.Unknown, " "))
	}
	return c
}

// fillEnvironment sets what programs expect and the kernel does not give.
func fillEnvironment() {
	for name, value := range map[string]string{
		"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"TERM": "linux",
	} {
		if os.Getenv(name) == "" {
			_ = os.Setenv(name, value)
		}
	}
}

// setHostname takes the name from /etc/hostname, hostname(5), if there is one.
func setHostname() error {
	text, err := os.ReadFile("/etc/hostname")
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot read the host's name: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := unix.Sethostname([]byte(line)); err != nil {
			return fmt.Errorf("cannot set the host's name to %q: %w", line, err)
		}
		return nil
	}
	return nil
}

// loopbackUp brings the interface lo up, netdevice(7); the kernel then gives it
// its addresses.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("cannot bring up the loopback interface: %w", err)
	}
	defer unix.Close(fd)
	request := struct {
		name  [unix.IFNAMSIZ]byte
		flags uint16
		_     [22]byte // the rest of struct ifreq's union
	}{name: [unix.IFNAMSIZ]byte{'l', 'o'}, flags: unix.IFF_UP}
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request)))
	if errno != 0 {
		return fmt.Errorf("cannot bring up the loopback interface: %w", errno)
	}
	return nil
}
