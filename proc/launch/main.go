package launch

import (
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Failed is the exit code of a process that could not carry out its orders, or not
// execute its program, as a shell has it for a command that it can't find.
const Failed = 127

// Executing is what is written to Report right before the program is executed. A pipe
// that ends without it, and without a reason, is that of a process that has died.
const Executing = "executing\n"

// Main is the whole life of the process that Name names: args are the orders and the
// service's argv. It returns the exit code, after a line at Report, if it could not
// execute the program.
func Main(args, env []string) int {
	var st unix.Stat_t
	if len(args) < 2 || unix.Fstat(Report, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFIFO {
		_, _ = os.Stderr.WriteString(Name + " is run by zinit-server only\n")
		return Failed
	}
	unix.CloseOnExec(Report)
	orders, err := Parse(args[0])
	if err == nil {
		err = Run(orders, args[1:], disclose(env))
	}
	report(err.Error() + "\n")
	return Failed
}

// hidden stands before a variable of the service's that Go's runtime would obey.
const hidden = "zinit:"

// Conceal is a service's environment as the process that Name names is to get it: what
// begins with GO, as GOMEMLIMIT and GODEBUG, is meant for the service's program, and
// could end this one, which has zinit's rights still.
func Conceal(env []string) []string {
	env = slices.Clone(env)
	for i, entry := range env {
		if strings.HasPrefix(entry, "GO") {
			env[i] = hidden + entry
		}
	}
	return env
}

// disclose undoes Conceal, in place.
func disclose(env []string) []string {
	for i, entry := range env {
		if rest, ok := strings.CutPrefix(entry, hidden); ok && strings.HasPrefix(rest, "GO") {
			env[i] = rest
		}
	}
	return env
}

// report tells the server, or, if it has died since, whoever reads the output.
func report(line string) {
	BlockSignals() // SIGPIPE among them
	if _, err := unix.Write(Report, []byte(line)); err != nil {
		_, _ = unix.Write(2, []byte(line))
	}
}
