package pid1

import (
	"os"
	"strings"
	"testing"
	"time"

	"zinit/proc/boot"
)

func TestPanicIsSurvivedAndSaid(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	s := &shim{console: boot.NewConsole(int(w.Fd()))}
	s.guard(func() { panic("no such case") })
	s.console.Flush(10 * time.Second)
	text := make([]byte, 512)
	n, _ := r.Read(text)
	if got := string(text[:n]); !strings.Contains(got, "no such case") {
		t.Errorf("the console shows %q", got)
	}
}
