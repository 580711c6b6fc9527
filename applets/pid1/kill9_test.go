package pid1_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// talkative is services of all kinds. Whoever is alone makes a file if he is not.
var talkative = services{
	"talker":  "[service]\nexec = \"@ alone DIR/talker lines 3\"\n[logging]\nbuffer_lines = 400000\n",
	"sibling": "[service]\nexec = \"@ alone DIR/sibling lines 7\"\n[dependencies]\nrequires = [\"talker\", \"job\"]\n[logging]\nbuffer_lines = 200000\n",
	"crasher": `
[service]
exec = "@ alone DIR/crasher crash 1 25 3"
[lifecycle]
restart_delay_ms = 20
restart_delay_max_ms = 20
[logging]
buffer_lines = 400000
`,
	"job":    "[service]\noneshot = true\nexec = \"@ alone DIR/job lines 1 300\"\n",
	"slow":   "[service]\nexec = \"@ alone DIR/slow serve 150\"\n",
	"litter": "[service]\nexec = \"@ alone DIR/litter litter\"\n",
}

// TestKill9 kills servers at random moments for ZINIT_KILL9 seconds; scripts/kill9.sh
// says for how long. It prints the seed of the moments.
func TestKill9(t *testing.T) {
	seconds, err := strconv.Atoi(os.Getenv("ZINIT_KILL9"))
	if err != nil {
		t.Skip("ZINIT_KILL9 is no number of seconds: scripts/kill9.sh sets it")
	}
	for i := range 4 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			h := start(t, talkative, options{})
			h.shows("slow | up")
			kills := h.harass(rand.New(rand.NewPCG(seed, 0)), time.Now().Add(time.Duration(seconds)*time.Second))
			h.reckon(kills)
		})
	}
}

// harass kills servers until some time and says how many. Meanwhile a service is
// restarted by whoever answers.
func (h *house) harass(chance *rand.Rand, end time.Time) (kills int) {
	h.Helper()
	restarts := make(chan struct{})
	go func() {
		defer close(restarts)
		for time.Now().Before(end) {
			_, _ = h.ask("restart", "slow", "--timeout", "2s")
		}
	}()
	for time.Now().Before(end) {
		server := h.server()
		switch {
		case server == 0:
			<-time.After(time.Millisecond)
			continue
		case chance.IntN(4) == 0: // soon after its birth
			<-time.After(time.Duration(chance.IntN(40_000)) * time.Microsecond)
		default: // later than the shim begins to wait before the next one
			<-time.After(time.Second + time.Duration(chance.IntN(300))*time.Millisecond)
		}
		switch chance.IntN(5) {
		case 0:
			h.signal(syscall.SIGUSR1)
		case 1: // deaf for a while
			_ = syscall.Kill(server, syscall.SIGSTOP)
			<-time.After(time.Duration(chance.IntN(100)) * time.Millisecond)
			_ = syscall.Kill(server, syscall.SIGKILL)
		default:
			_ = syscall.Kill(server, syscall.SIGKILL)
		}
		kills++
	}
	<-restarts
	return kills
}

// reckon looks whether anything was lost or doubled.
func (h *house) reckon(kills int) {
	h.Helper()
	h.until("the server is up", func() bool { _, err := h.ask("list"); return err == nil })
	for _, name := range []string{"talker", "sibling", "litter"} {
		if s := h.in(name, "running"); s.RestartsTotal != 0 {
			h.Errorf("%s is %+v", name, s)
		}
	}
	if s := h.in("job", "exited"); s.ExitCode == nil || *s.ExitCode != 0 || s.RestartsTotal != 0 {
		h.Errorf("job is %+v", s)
	}
	// Most likely between two lives, so that its last one is complete.
	crasher := h.in("crasher", "blocked")
	_, err := h.ask("stop", "crasher")
	must(h.T, err)
	if s := h.status("crasher"); s.RestartsTotal > crasher.RestartsTotal {
		crasher = s
	}
	kept, err := h.ask("logs", "talker", "sibling", "crasher", "job")
	must(h.T, err)
	logged := h.sequences("the logs", kept, false)
	if twins, _ := filepath.Glob(h.path("*.twin")); len(twins) > 0 {
		h.Errorf("two incarnations at a time: %v", twins)
	}
	h.signal(syscall.SIGTERM)
	if code := h.code(); code != 0 {
		h.Errorf("exit code %d", code)
	}
	shown := h.sequences("the console", h.stdout.String(), true)
	for life, lines := range logged {
		if shown[life] < lines {
			h.Errorf("%s: %d lines of %d are on the console", life, shown[life], lines)
		}
	}
	lives := 0
	var incomplete []string
	for life, lines := range logged {
		if strings.HasPrefix(life, "crasher") && strings.HasSuffix(life, "out") {
			lives++
			if lines != 25 {
				incomplete = append(incomplete, fmt.Sprintf("%s has %d lines", life, lines))
			}
		}
	}
	if lives < crasher.RestartsTotal || lives > crasher.RestartsTotal+2 {
		h.Errorf("the crasher was restarted %d times and had %d lives", crasher.RestartsTotal, lives)
	}
	if len(incomplete) > 1 { // the last one may have been stopped
		h.Errorf("lives of the crasher are incomplete: %s", strings.Join(incomplete, ", "))
	}
	h.Logf("%d kills, %d lives of the crasher, %d restarts", kills, lives, crasher.RestartsTotal)
}

// sequences takes the lines "NAME | PID STREAM NUMBER" and looks that the numbers
// of each life begin at 0 and have no gap, and no line comes twice unless it may. It
// gives the number of lines of each.
func (h *house) sequences(where, text string, again bool) map[string]int {
	h.Helper()
	next, twice := map[string]int{}, 0
	for line := range strings.Lines(text) {
		name, rest, ok := strings.Cut(strings.TrimSpace(line), " | ")
		var pid, number int
		var stream string
		if n, _ := fmt.Sscanf(rest, "%d %s %d", &pid, &stream, &number); !ok || n != 3 {
			if strings.Contains(line, "lines lost]") {
				h.Errorf("%s: %s", where, line)
			}
			continue
		}
		life := fmt.Sprintf("%s %d %s", strings.TrimSpace(name), pid, stream)
		switch {
		case number == next[life]:
			next[life]++
		case number < next[life] && again:
			twice++
		case number < next[life]:
			h.Errorf("%s: line %d of %s comes twice", where, number, life)
		default:
			h.Errorf("%s: lines %d to %d of %s are missing", where, next[life], number-1, life)
			next[life] = number + 1
		}
	}
	if twice > 0 {
		h.Logf("%s: %d lines come twice", where, twice)
	}
	return next
}
