package builtin

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"zinit/proc/boot"
	"zinit/proc/volume"
)

const (
	sysvolLabel = "sysvol"
	sysvolDir   = "/var/lib/sysvol"
)

// formatters is where an image may have its mkfs.ext4.
var formatters = []string{"/sbin/mkfs.ext4", "/usr/sbin/mkfs.ext4", "/bin/mkfs.ext4", "/usr/bin/mkfs.ext4", "/sbin/mke2fs", "/usr/sbin/mke2fs"}

// sysvol mounts the volume labelled sysvol. If there is none, the device that the
// kernel's command line names is made one, provided that nothing is on it.
func (t *task) sysvol() {
	text, err := os.ReadFile(t.root + "/proc/cmdline")
	if err != nil {
		t.fail("cannot read the kernel's command line: %v", cause(err))
		return
	}
	device, err := findSysvol(boot.ParseCommandLine(string(text)).Sysvol)
	if err != nil {
		t.fail("cannot mount the system volume: %v", err)
		return
	}
	e := entry{target: sysvolDir, kind: "auto", mount: mount{flags: unix.MS_NOSUID | unix.MS_NODEV}}
	if err := mountAt(device, e); err != nil {
		t.fail("cannot mount %s at %s: %v", device, sysvolDir, err)
		return
	}
	t.say("%s is at %s", device, sysvolDir)
}

// findSysvol gives the volume's device. spare is what may be formatted; empty: none.
func findSysvol(spare string) (string, error) {
	labelled := func() (string, error) {
		return volume.Find(func(v volume.Volume) bool { return v.Label == sysvolLabel })
	}
	if spare == "" {
		device, err := await(labelled, "LABEL="+sysvolLabel)
		if err != nil {
			err = fmt.Errorf("%w (zinit.sysvol=DEVICE on the kernel's command line names a blank device to be formatted)", err)
		}
		return device, err
	}
	device, err := await(func() (string, error) {
		if device, err := labelled(); err == nil {
			return device, nil
		}
		_, err := os.Stat(spare)
		return spare, err
	}, "zinit.sysvol="+spare)
	if err != nil || device != spare {
		return device, err
	}
	if v, err := volume.Read(device); err == nil && v.Label == sysvolLabel {
		return device, nil
	}
	return device, format(device)
}

// format makes a file system on a device on which nothing is.
func format(device string) error {
	if v, err := volume.Read(device); err == nil {
		return fmt.Errorf("will not format %s: it carries %s, label %q", device, v.Type, v.Label)
	}
	blank, err := volume.Blank(device)
	if err != nil {
		return err
	}
	if !blank {
		return fmt.Errorf("will not format %s: there is something on it; wipe its first MiB if it is not needed", device)
	}
	for _, program := range formatters {
		if _, err := os.Stat(program); err == nil {
			return run(program, "-q", "-t", "ext4", "-L", sysvolLabel, device)
		}
	}
	return errors.New("cannot format " + device + ": the image has no mkfs.ext4 (" + strings.Join(formatters, ", ") + ")")
}

// run runs a program and waits for its end. Its output is ours.
func run(argv ...string) error {
	pid, err := syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{Dir: "/", Env: os.Environ(), Files: []uintptr{0, 1, 2}})
	if err != nil {
		return fmt.Errorf("cannot run %s: %w", argv[0], err)
	}
	var status syscall.WaitStatus
	for {
		_, err = syscall.Wait4(pid, &status, 0, nil)
		if err != syscall.EINTR {
			break
		}
	}
	switch {
	case err != nil:
		return fmt.Errorf("cannot wait for %s: %w", argv[0], err)
	case status.Signaled():
		return fmt.Errorf("%s was ended by %v", argv[0], status.Signal())
	case status.ExitStatus() != 0:
		return fmt.Errorf("%s failed with exit code %d", argv[0], status.ExitStatus())
	}
	return nil
}
