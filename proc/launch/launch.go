package launch

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Run carries out orders and executes the program with argv and env. It returns only
// if that failed, and says why.
//
// The calling process leads a session, has its umask already, and all signals blocked.
// The order of the steps matters: those that need zinit's rights come before the
// identity is taken on, those that would take the rights for the others come last.
func Run(o Orders, argv, env []string) error {
	// Niceness, credentials and the signal mask are a thread's own; execve(2) takes
	// those of the thread that calls it.
	runtime.LockOSThread()
	steps := []func(Orders) error{
		defaultSignals, joinCgroup, setNice, setOOMScoreAdj, takeTerminal, dropBounding, setLimits,
		takeIdentity, setCapabilities, setNoNewPrivileges, enterDir, announce, admitSignals,
	}
	for _, step := range steps {
		if err := step(o); err != nil {
			return err
		}
	}
	// Gives back the limit of open files that the runtime has raised, unless it was
	// set here.
	return &ExecError{Path: o.Path, Dir: o.Dir, By: o.Identity, Err: syscall.Exec(o.Path, argv, env)}
}

// joinCgroup moves the process into its control group, cgroups(7).
func joinCgroup(o Orders) error {
	if o.Cgroup == "" {
		return nil
	}
	if err := write(o.Cgroup+"/cgroup.procs", "0"); err != nil {
		return fmt.Errorf("cannot join control group %s: %w", Shown(o.Cgroup), err)
	}
	return nil
}

func setNice(o Orders) error {
	if o.Nice == nil {
		return nil
	}
	err := unix.Setpriority(unix.PRIO_PROCESS, 0, *o.Nice)
	if err != nil {
		return fmt.Errorf("cannot set nice to %d: %w", *o.Nice, lacking(err, "CAP_SYS_NICE"))
	}
	return nil
}

func setOOMScoreAdj(o Orders) error {
	if o.OOMScoreAdj == nil {
		return nil
	}
	err := write("/proc/self/oom_score_adj", strconv.Itoa(*o.OOMScoreAdj))
	if err != nil {
		return fmt.Errorf("cannot set oom_score_adj to %d: %w", *o.OOMScoreAdj, lacking(err, "CAP_SYS_RESOURCE"))
	}
	return nil
}

func setNoNewPrivileges(o Orders) error {
	if !o.NoNewPrivileges {
		return nil
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("cannot set no_new_privileges: %w", err)
	}
	return nil
}

// enterDir comes after the identity: who may not enter a directory does not start in it.
func enterDir(o Orders) error {
	if o.Dir == "" {
		return nil
	}
	if err := unix.Chdir(o.Dir); err != nil {
		return fmt.Errorf("cannot run %s: working directory %s: %w", Shown(o.Path), Shown(o.Dir), err)
	}
	return nil
}

// announce says that all but the last step is done. If the server is gone, nobody
// needs to know.
func announce(Orders) error {
	_, _ = unix.Write(Report, []byte(Executing))
	return nil
}

// write writes a text to a file that exists, in one piece.
func write(path, text string) error {
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	_, err = unix.Write(fd, []byte(text))
	return errors.Join(err, unix.Close(fd))
}

// lacking adds to an error of permissions what would have permitted it.
func lacking(err error, capability string) error {
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w (zinit lacks %s)", err, capability)
	}
	return err
}
