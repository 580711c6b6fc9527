package applets

import (
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// The test binary is the program, under all of its names: the scripts run it as a
// user would. A few small programs beside it are the services.
func TestMain(m *testing.M) {
	applet := func(name string) func() {
		return func() { os.Exit(Main(append([]string{name}, os.Args[1:]...))) }
	}
	testscript.Main(m, map[string]func(){
		"zinit":        applet("zinit"),
		"zinit-server": applet("zinit-server"),
		"zinit-pid1":   applet("zinit-pid1"),
		"zinit-launch": applet("zinit-launch"),
		"daemon":       daemon,
		"counter":      counter,
		"web":          web,
		"say":          say,
	})
}

// TestScripts runs testdata/script/*.txtar. Each has a directory, a socket and a
// server of its own; the server and all of its services end with the script.
func TestScripts(t *testing.T) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Fatal(err) // see fosterOrphans
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setupScript,
		Condition: func(word string) (bool, error) {
			switch word {
			case "root":
				return os.Geteuid() == 0, nil
			case "mounts":
				return mayMount(), nil
			}
			return false, fmt.Errorf("unknown condition %q", word)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"server":        startServer,
			"server-by":     startServerBy,
			"server-signal": signalServer,
			"server-ends":   serverEnds,
			"exit":          exitCode,
			"until":         until,
			"state":         awaitState,
			"pid":           pidOf,
			"alive":         alive,
			"procs":         procs,
			"signal":        signalPid,
			"json":          checkJSON,
			"order":         checkOrder,
			"births":        checkBirths,
			"ready":         ready,
			"consecutive":   consecutive,
			"call":          call,
			"gaps":          checkGaps,
			"lease":         leaseFile,
		},
	})
}

// setupScript gives a script its variables. ZINIT_TEST marks all processes that
// come of it.
func setupScript(e *testscript.Env) error {
	work := e.WorkDir
	e.Vars = append(e.Vars,
		"ZINIT_SOCKET="+work+"/z.sock",
		"ZINIT_CONFIG_DIR="+work+"/etc",
		"ZINIT_TEST="+work,
		"GORACE=atexit_sleep_ms=0", // or each process of a test with -race lingers for a second
	)
	s := &serverUnderTest{mark: "ZINIT_TEST=" + work, log: work + "/server.log"}
	e.Values[serverKey{}] = s
	e.Defer(s.cleanUp)
	return os.MkdirAll(work+"/etc", 0o755)
}
