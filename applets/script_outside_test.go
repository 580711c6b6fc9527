package applets

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// mayMount says whether a script may have a mount namespace with a file system of its
// own in it.
var mayMount = sync.OnceValue(func() bool {
	return exec.Command("unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt").Run() == nil
})

// call: [!] call METHOD [PARAMS] speaks to the socket with nothing but a frame and
// JSON, and shows the result, or with ! the error, on stdout.
func call(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: [!] call METHOD [PARAMS]")
	}
	request := map[string]any{"jsonrpc": "2.0", "id": "script", "method": args[0]}
	if len(args) == 2 {
		request["params"] = json.RawMessage(args[1])
	}
	text, err := json.Marshal(request)
	ts.Check(err)
	var answer struct {
		JSONRPC, ID   string
		Result, Error json.RawMessage
	}
	ts.Check(json.Unmarshal(exchange(ts, text), &answer))
	shown := answer.Result
	if neg {
		shown = answer.Error
	}
	if answer.JSONRPC != "2.0" || answer.ID != "script" || shown == nil {
		ts.Fatalf("the answer is %+q %+q", answer.Result, answer.Error)
	}
	fmt.Fprintf(ts.Stdout(), "%s\n", shown)
}

// exchange sends one frame and gives the first that comes back.
func exchange(ts *testscript.TestScript, text []byte) []byte {
	conn, err := net.Dial("unix", ts.Getenv("ZINIT_SOCKET"))
	ts.Check(err)
	defer conn.Close()
	ts.Check(conn.SetDeadline(time.Now().Add(patience)))
	_, err = conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...))
	ts.Check(err)
	head := make([]byte, 4)
	_, err = io.ReadFull(conn, head)
	ts.Check(err)
	answer := make([]byte, binary.BigEndian.Uint32(head))
	_, err = io.ReadFull(conn, answer)
	ts.Check(err)
	return answer
}

// checkGaps: gaps FILE TIME TIME… checks that the moments in a file, a line with
// nanoseconds each, are at least so far apart.
func checkGaps(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: gaps FILE TIME [TIME…]")
	}
	lines := strings.Fields(ts.ReadFile(args[0]))
	if len(lines) <= len(args)-1 {
		ts.Fatalf("%d moments only: %v", len(lines), lines)
	}
	for i, word := range args[1:] {
		least, err := time.ParseDuration(word)
		ts.Check(err)
		from, err := strconv.ParseInt(lines[i], 10, 64)
		ts.Check(err)
		to, err := strconv.ParseInt(lines[i+1], 10, 64)
		ts.Check(err)
		if gap := time.Duration(to - from); gap < least {
			ts.Fatalf("gap %d is %v, shorter than %v", i, gap, least)
		}
	}
}

// leaseFile: lease FILE makes whoever opens a file wait, up to 45 seconds, until !
// lease FILE: fcntl(2), F_SETLEASE.
func leaseFile(ts *testscript.TestScript, neg bool, args []string) {
	s := serverOf(ts)
	if len(args) != 1 || neg == (s.lease == nil) {
		ts.Fatalf("usage: lease FILE, or ! lease FILE after it")
	}
	if neg {
		ts.Check(s.lease.Close())
		s.lease = nil
		return
	}
	file, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	s.lease = file
	poll(ts, "cannot lease "+args[0], func() bool { // a child just born may have a copy of the descriptor
		_, err := unix.FcntlInt(file.Fd(), unix.F_SETLEASE, unix.F_WRLCK)
		return err == nil
	})
}
