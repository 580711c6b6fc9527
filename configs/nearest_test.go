package configs

import (
	"slices"
	"testing"
)

func TestNearest(t *testing.T) {
	words := slices.Values([]string{"exec", "env", "env_file", "oneshot", "stop_timeout_ms", "SIGTERM"})
	for _, c := range []struct{ word, want string }{
		{"exce", "exec"}, {"exe", "exec"}, {"Exec", "exec"}, {"envfile", "env_file"}, {"onesht", "oneshot"},
		{"stop_timeout", "stop_timeout_ms"}, {"stop-timeout-ms", "stop_timeout_ms"}, {"sigterm", "SIGTERM"},
		{"colour", ""}, {"", ""}, {"x", ""}, {"command", ""},
	} {
		if got := nearest(c.word, words); got != c.want {
			t.Errorf("%s: got %q, want %q", c.word, got, c.want)
		}
	}
}
