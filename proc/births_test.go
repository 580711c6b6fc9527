package proc

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"zinit/proc/procfs"
	"zinit/supervisor"
)

func readPids(path string) map[incarnation]int {
	return readBirths(path).pids
}

func TestRegisterOfBirths(t *testing.T) {
	path := filepath.Join(t.TempDir(), "births")
	var open atomic.Int64
	b, err := openBirths(path, &open)
	if err != nil {
		t.Fatal(err)
	}
	open.Store(1)
	b.enter("web", 1, 100)
	b.enter("web", 2, 200)
	b.enter("db", 1, 300)
	want := map[incarnation]int{{"web", 1}: 100, {"web", 2}: 200, {"db", 1}: 300}
	if got := readPids(path); len(got) != len(want) || got[incarnation{"web", 2}] != 200 || got[incarnation{"db", 1}] != 300 {
		t.Errorf("read %v, want %v", got, want)
	}
	b.bytes = birthsMax
	b.begin("late", 1)
	if r := readBirths(path); r.last != (incarnation{"late", 1}) || r.pid != 300 {
		t.Errorf("the last fork was %v's after pid %d, want late's after 300", r.last, r.pid)
	}
	b.enter("late", 1, 400)
	if got := readPids(path); len(got) != 4 {
		t.Errorf("forgot a birth that is not on file: %v", got)
	}
	open.Store(0)
	b.bytes = birthsMax
	b.begin("new", 1)
	b.enter("new", 1, 500)
	if got := readPids(path); len(got) != 1 || got[incarnation{"new", 1}] != 500 {
		t.Errorf("after all were on file the register holds %v, want the last birth alone", got)
	}
}

func TestRegisterIgnoresWhatDoesNotParse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "births")
	text := "web 1 100\nweb x 100\nweb 3 1\n\x00\nweb 2 2"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := readPids(path); len(got) != 1 || got[incarnation{"web", 1}] != 100 {
		t.Errorf("read %v", got)
	}
}

func TestRegisteredIntents(t *testing.T) {
	at := supervisor.Instant(time.Hour)
	ticks := uint64(time.Hour / (time.Second / 100))
	intent := supervisor.Record{Name: "web", State: supervisor.StateStarting, Gen: 2, Born: at}
	born := map[incarnation]int{{"web", 2}: 100}
	for name, test := range map[string]struct {
		all  procfs.Table
		want uint64
	}{
		"it has ended":                 {nil, 0},
		"it lives without its mark":    {procfs.Table{100: {Pid: 100, Session: 100, Ticks: ticks + 5}}, ticks + 5},
		"the number is an older one's": {procfs.Table{100: {Pid: 100, Session: 100, Ticks: ticks - 100}}, 0},
		"the number is no leader's":    {procfs.Table{100: {Pid: 100, Session: 7, Ticks: ticks + 5}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			records := []supervisor.Record{intent}
			registered(records, born, test.all)
			if records[0].Pid != 100 || records[0].Ticks != test.want {
				t.Errorf("pid %d, ticks %d; want 100, %d", records[0].Pid, records[0].Ticks, test.want)
			}
		})
	}
	other := []supervisor.Record{{Name: "web", State: supervisor.StateStarting, Gen: 3}}
	if registered(other, born, nil); other[0].Pid != 0 {
		t.Error("another incarnation's birth was taken for its own")
	}
}
