package doctor

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"zinit/proc/procfs"
)

// children asks for CONFIG_PROC_CHILDREN.
func children() verdict {
	if _, ok := procfs.Children(os.Getpid()); !ok {
		return verdict{"the kernel doesn't list children", "each stop reads all of /proc, and who wipes the environment before it escapes"}
	}
	return verdict{found: "are listed by the kernel"}
}

// pidfd asks for pidfd_open(2), which seccomp may refuse.
func pidfd() verdict {
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		return verdict{"pidfd_open: " + err.Error(), "services that outlived a killed server are not watched, and what escapes is not killed"}
	}
	_ = unix.Close(fd)
	return verdict{found: "pidfd_open"}
}

// spawner asks whether a thread may have a descriptor table and a umask of its
// own. It tries it on one that ends with that.
func spawner() verdict {
	result := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		err := unix.CloseRange(1<<31-2, 1<<31-1, unix.CLOSE_RANGE_UNSHARE)
		if err == nil {
			err = unix.Unshare(unix.CLONE_FS)
		}
		result <- err
	}()
	if err := <-result; err != nil {
		return verdict{"no descriptor table or umask of its own: " + err.Error(), "births get slower with each service"}
	}
	return verdict{found: "has a descriptor table of its own"}
}

// The capabilities that are asked for, capabilities(7), by their bits.
var powers = []struct {
	bit    uint
	name   string
	weaker string
}{
	{unix.CAP_SETUID, "CAP_SETUID", ""}, // in users
	{unix.CAP_SETGID, "CAP_SETGID", ""},
	{unix.CAP_CHOWN, "CAP_CHOWN", "a service under another user cannot open /dev/stdout by path"},
	{unix.CAP_KILL, "CAP_KILL", "services under another user cannot be stopped"},
	{unix.CAP_SYS_RESOURCE, "CAP_SYS_RESOURCE", "limits and oom_score_adj can only be made stricter"},
	{unix.CAP_SYS_NICE, "CAP_SYS_NICE", "nice can only be raised"},
	{unix.CAP_SYS_PTRACE, "CAP_SYS_PTRACE", "marks and memory of processes under another user are not seen"},
}

func users(mine uint64) verdict {
	const change = 1<<unix.CAP_SETUID | 1<<unix.CAP_SETGID
	if mine&change != change {
		return verdict{"may not be changed", fmt.Sprintf("services run as uid %d, and others are refused", os.Geteuid())}
	}
	if _, err := os.Stat("/etc/passwd"); err != nil {
		return verdict{"may be changed; no /etc/passwd", "user and group must be numbers"}
	}
	return verdict{found: "may be changed"}
}

func capabilities(mine uint64) verdict {
	var names, weaker []string
	for _, p := range powers {
		if mine&(1<<p.bit) != 0 {
			continue
		}
		names = append(names, p.name)
		if p.weaker != "" {
			weaker = append(weaker, p.weaker)
		}
	}
	if len(names) == 0 {
		return verdict{found: "all that zinit uses"}
	}
	return verdict{"lacks " + strings.Join(names, " "), strings.Join(append(weaker, "services have no more rights than that"), "; ")}
}

// descriptors asks how many files we may have open: a service takes about six.
func descriptors() verdict {
	const each, few = 6, 200
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return verdict{err.Error(), "the limit is not known"}
	}
	if services := limit.Max / each; services < few {
		return verdict{fmt.Sprint("at most ", limit.Max), fmt.Sprintf("more than %d services cannot be heard", services)}
	}
	return verdict{found: fmt.Sprint("at most ", limit.Max)}
}

// link asks whether the queue of exits may be longer than usual. It tries it on a
// socket of its own.
func link() verdict {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return verdict{err.Error(), "the server hears of no exits"}
	}
	defer unix.Close(ends[0])
	defer unix.Close(ends[1])
	if err := unix.SetsockoptInt(ends[0], unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, 8<<20); err != nil {
		return verdict{"holds some 270 exits (CAP_NET_ADMIN would make it 20000)", "while the server is dead, more of the dead stay zombies"}
	}
	return verdict{found: "holds some 20000 exits while the server is dead"}
}
