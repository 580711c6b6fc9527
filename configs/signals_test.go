package configs

import (
	"strings"
	"testing"
)

func TestParseSignal(t *testing.T) {
	for _, c := range []struct {
		text string
		want Signal
	}{
		{"SIGTERM", 15}, {"TERM", 15}, {"term", 15}, {"15", 15}, {"SIGHUP", 1}, {"SIGSYS", 31}, {"SIGPOLL", 29}, {"IOT", 6},
		{"SIGRTMIN", 34}, {"SIGRTMIN+3", 37}, {"RTMIN+0", 34}, {"SIGRTMAX", 64}, {"SIGRTMAX-1", 63}, {"SIGRTMIN+30", 64}, {"1", 1}, {"64", 64}, {"33", 33},
	} {
		if got, err := ParseSignal(c.text); err != nil || got != c.want {
			t.Errorf("%s: got %d (%v), want %d", c.text, got, err, c.want)
		}
	}
	for _, text := range []string{"", "0", "65", "-1", "+9", "SIG", "SIG9", "SIGRTMIN+31", "SIGRTMIN-1", "RTMIN+", "RTMAX+1", "SIGTREM", "99999999999999999999", " 9"} {
		if got, err := ParseSignal(text); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
	if _, err := ParseSignal("SIGTREM"); !strings.Contains(err.Error(), `did you mean "SIGTERM"?`) {
		t.Error(err)
	}
	if _, err := ParseSignal("65"); strings.Contains(err.Error(), "did you mean") {
		t.Errorf("a number has no nearest word: %v", err)
	}
}

func TestSignalNamesComeBack(t *testing.T) {
	for n := Signal(1); n <= 64; n++ {
		if got, err := ParseSignal(n.String()); err != nil || got != n {
			t.Errorf("%d is printed as %s and read as %d (%v)", n, n, got, err)
		}
	}
}
