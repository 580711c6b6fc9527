package applets

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"

	"zinit/rpc"
)

// run runs a command in the script's directory and environment.
func run(ts *testscript.TestScript, args []string) (stdout, stderr string, code int) {
	var out, complaints bytes.Buffer
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir, cmd.Env = ts.MkAbs("."), environ(ts)
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err := cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		ts.Fatalf("cannot run %q: %v", args, err)
	}
	return out.String(), complaints.String(), cmd.ProcessState.ExitCode()
}

// exitCode: exit CODE COMMAND ARG… runs a command and compares its exit code.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit CODE COMMAND [ARG…]")
	}
	stdout, stderr, code := run(ts, args[1:])
	fmt.Fprint(ts.Stdout(), stdout)
	fmt.Fprint(ts.Stderr(), stderr)
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("%q exits with %d, not %s\n%s%s", args[1:], code, args[0], stdout, stderr)
	}
}

// until: [!] until PATTERN COMMAND ARG… runs a command again and again, until what
// it prints on stdout matches (does not match) the pattern.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: [!] until PATTERN COMMAND [ARG…]")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	last := ""
	defer func() { fmt.Fprint(ts.Stdout(), last) }()
	poll(ts, fmt.Sprintf("%q never came to (not) match %q", args[1:], args[0]), func() bool {
		stdout, stderr, _ := run(ts, args[1:])
		last = stdout + stderr
		return pattern.MatchString(stdout) != neg
	})
}

// awaitState: state NAME STATE… waits until a service is in one of the states.
func awaitState(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: state NAME STATE…")
	}
	conn := mustDial(ts)
	defer conn.Close()
	var last rpc.Service
	defer func() { ts.Logf("%s is %s", last.Name, last.State) }()
	poll(ts, fmt.Sprintf("%s never came to be %v", args[0], args[1:]), func() bool {
		var err error
		last, err = conn.Status(context.Background(), args[0])
		return err == nil && slices.Contains(args[1:], last.State)
	})
}

// pidOf: pid NAME VAR waits until a service has a pid and puts it into a variable.
func pidOf(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pid NAME VAR")
	}
	conn := mustDial(ts)
	defer conn.Close()
	poll(ts, args[0]+" never had a pid", func() bool {
		service, err := conn.Status(context.Background(), args[0])
		ts.Setenv(args[1], strconv.Itoa(service.Pid))
		return err == nil && service.Pid != 0
	})
}

// alive: alive PID… checks that processes live; ! alive PID… waits until they
// don't.
func alive(ts *testscript.TestScript, neg bool, args []string) {
	for _, pid := range args {
		switch {
		case neg:
			poll(ts, "process "+pid+" does not end", func() bool { return !lives(pid) })
		case !lives(pid):
			ts.Fatalf("process %s does not live", pid)
		}
	}
}

// lives says whether a process is there and no zombie, proc(5).
func lives(pid string) bool {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	_, rest, ok := strings.Cut(string(text), ") ")
	return err == nil && ok && rest[0] != 'Z'
}

// procs: procs NAME COUNT waits until a service has so many processes, with all that
// its children left.
func procs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: procs NAME COUNT")
	}
	var found []int
	poll(ts, fmt.Sprintf("%s never came to have %s processes", args[0], args[1]), func() bool {
		found = processesWith(serverOf(ts).mark, "ZINIT_SERVICE="+args[0])
		return strconv.Itoa(len(found)) == args[1]
	})
}

// signalPid: signal SIGNAL PID… sends a signal to processes.
func signalPid(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: signal SIGNAL PID…")
	}
	for _, word := range args[1:] {
		pid, err := strconv.Atoi(word)
		ts.Check(err)
		ts.Check(syscall.Kill(pid, signalNamed(ts, args[0])))
	}
}

// checkJSON: json KEY.KEY… VALUE compares one value in the JSON that the last
// command printed; without VALUE it is enough that it is there. ! json KEY: it is
// absent.
func checkJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 1 || len(args) > 2 || neg && len(args) != 1 {
		ts.Fatalf("usage: [!] json KEY.KEY… [VALUE]")
	}
	var doc any
	text := ts.ReadFile("stdout")
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		ts.Fatalf("stdout is no single JSON document: %v\n%s", err, text)
	}
	value, ok := at(doc, strings.Split(args[0], "."))
	switch {
	case ok == neg:
		ts.Fatalf("%s is there: %v, in\n%s", args[0], ok, text)
	case len(args) == 2 && fmt.Sprint(value) != args[1]:
		ts.Fatalf("%s is %v, not %s, in\n%s", args[0], value, args[1], text)
	}
}

// at follows keys and indexes into a JSON value. Of an array, a key that is no index
// is the name of the element that has it as its name.
func at(value any, path []string) (any, bool) {
	for _, key := range path {
		switch v := value.(type) {
		case map[string]any:
			next, ok := v[key]
			if !ok {
				return nil, false
			}
			value = next
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil {
				i = slices.IndexFunc(v, func(e any) bool { m, _ := e.(map[string]any); return m["name"] == key })
			}
			if i < 0 || i >= len(v) {
				return nil, false
			}
			value = v[i]
		default:
			return nil, false
		}
	}
	if n, ok := value.(float64); ok && n == float64(int64(n)) {
		return int64(n), true
	}
	return value, true
}

// checkOrder: order FILE LINE… checks that a file holds lines in this order, each
// once, with others perhaps between them. ! order FILE LINE…: none of them is there.
func checkOrder(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: [!] order FILE LINE…")
	}
	text := ts.ReadFile(args[0])
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	before := -1
	for _, want := range args[1:] {
		first := slices.Index(lines, want)
		switch {
		case neg && first >= 0:
			ts.Fatalf("%q is in %s:\n%s", want, args[0], text)
		case neg:
		case first < 0:
			ts.Fatalf("%q is not in %s:\n%s", want, args[0], text)
		case slices.Contains(lines[first+1:], want):
			ts.Fatalf("%q is in %s twice:\n%s", want, args[0], text)
		case first < before:
			ts.Fatalf("%q is too early in %s:\n%s", want, args[0], text)
		default:
			before = first
		}
	}
}

// consecutive: consecutive MIN COMMAND ARG… checks that a command prints at least so
// many lines whose last words are numbers that follow one another.
func consecutive(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: consecutive MIN COMMAND [ARG…]")
	}
	least, err := strconv.Atoi(args[0])
	ts.Check(err)
	stdout, stderr, _ := run(ts, args[1:])
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if len(lines) < least {
		ts.Fatalf("%d lines only:\n%s%s", len(lines), stdout, stderr)
	}
	before := -1
	for i, line := range lines {
		words := strings.Fields(line)
		if len(words) == 0 {
			ts.Fatalf("line %d is empty", i+1)
		}
		n, err := strconv.Atoi(words[len(words)-1])
		ts.Check(err)
		if i > 0 && n != before+1 {
			ts.Fatalf("%d follows %d in line %d of %d", n, before, i+1, len(lines))
		}
		before = n
	}
}

// life is what debug.state tells of the times of a service.
type life struct {
	Name  string
	Born  int64
	Ready int64 `json:"ready_at"`
}

// checkBirths: births NAME NAME… checks by the server's own records that each
// service was born when the one before it was ready.
func checkBirths(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: births NAME NAME…")
	}
	conn := mustDial(ts)
	defer conn.Close()
	text, err := conn.DebugState(context.Background())
	ts.Check(err)
	var all struct{ Services []life }
	ts.Check(json.Unmarshal(text, &all))
	before := int64(0)
	for _, name := range args {
		i := slices.IndexFunc(all.Services, func(l life) bool { return l.Name == name })
		if i < 0 || all.Services[i].Born == 0 || all.Services[i].Born < before {
			ts.Fatalf("%s was not born after the one before it was ready:\n%+v", name, all.Services)
		}
		before = all.Services[i].Ready
	}
}

// ready: ready NAME… waits until daemons have said that they are up: from then on
// they know what to do with a signal.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: ready NAME…")
	}
	for _, name := range args {
		poll(ts, name+" never said that it is up", func() bool {
			text, err := os.ReadFile(ts.MkAbs("order"))
			return err == nil && strings.Contains("\n"+string(text), "\n"+name+" up\n")
		})
	}
}
