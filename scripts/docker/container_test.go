package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// patience bounds every wait for a container.
const patience = 60 * time.Second

// services are files' names without .toml, and what is in them.
type services map[string]string

// container is one that was started, and is removed with the test.
type container struct {
	*testing.T
	name string
}

// tag makes a name of a test's.
func tag(t *testing.T) string {
	return strings.ToLower(strings.NewReplacer("/", "-", " ", "-", "+", "-", ",", "").Replace(t.Name()))
}

// start runs the image of all tests with the flags of docker run. The services'
// files are mounted into it: the classic builder takes a second for an image.
func start(t *testing.T, all services, flags ...string) container {
	t.Helper()
	return startImage(t, image, append(flags, "--volume", all.write(t)+":/etc/zinit/services:ro"))
}

// startImage runs an image, with words behind its entry point.
func startImage(t *testing.T, name string, flags []string, words ...string) container {
	t.Helper()
	c := container{t, fmt.Sprintf("%s-%s", image, tag(t))}
	flags = append([]string{"run", "--detach", "--network=none", "--name", c.name}, flags...)
	docker(t, append(append(flags, name), words...)...)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("logs of %s:\n%s", c.name, docker(t, "logs", c.name))
		}
		docker(t, "rm", "-f", c.name)
	})
	return c
}

// write makes a directory of the services' files.
func (all services) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range all {
		must(t, os.WriteFile(filepath.Join(dir, name+".toml"), []byte(text), 0o644))
	}
	// A container's user may be anybody.
	must(t, os.Chmod(dir, 0o755))
	return dir
}

// docker runs a docker command and gives all that it says.
func docker(t *testing.T, words ...string) string {
	t.Helper()
	text, err := try(words...)
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(words, " "), err, text)
	}
	return text
}

func try(words ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	text, err := exec.CommandContext(ctx, "docker", words...).CombinedOutput()
	return string(text), err
}

// exec runs a command in the container.
func (c container) exec(words ...string) (string, error) {
	return try(append([]string{"exec", c.name}, words...)...)
}

// logs is what docker logs shows of the container's stdout.
func (c container) logs() string {
	c.Helper()
	text, err := exec.Command("docker", "logs", c.name).Output()
	must(c.T, err)
	return string(text)
}

// complaints is what docker logs shows of its stderr.
func (c container) complaints() string {
	c.Helper()
	cmd := exec.Command("docker", "logs", c.name)
	var text strings.Builder
	cmd.Stderr = &text
	must(c.T, cmd.Run())
	return text.String()
}

// shows waits until stdout has some text.
func (c container) shows(text string) {
	c.Helper()
	c.until(fmt.Sprintf("it shows %q", text), func() bool { return strings.Contains(c.logs(), text) })
}

// opened waits until so many services of the shop have come up: one that is told to
// stop before it catches the signal says nothing.
func (c container) opened(count int) {
	c.Helper()
	c.until(fmt.Sprintf("%d are up", count), func() bool { return strings.Count(c.logs(), " | up\n") == count })
}

// until polls.
func (c container) until(what string, done func() bool) {
	c.Helper()
	late := time.After(patience)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			c.Fatalf("waited in vain until %s", what)
		}
	}
}

// stop is docker stop with so many seconds of patience. It gives the exit code,
// which is 137 if they were too few.
func (c container) stop(seconds int) int {
	c.Helper()
	docker(c.T, "stop", "-t", strconv.Itoa(seconds), c.name)
	return c.wait()
}

// wait waits for the container's end and gives its exit code.
func (c container) wait() int {
	c.Helper()
	code, err := strconv.Atoi(strings.TrimSpace(docker(c.T, "wait", c.name)))
	must(c.T, err)
	return code
}

// status is what zinit in the container says of a service.
type status struct {
	State         string `json:"state"`
	Pid           int    `json:"pid"`
	Signal        string `json:"signal"`
	RestartsTotal int    `json:"restarts_total"`
}

// status asks; ok is false while there is no answer.
func (c container) status(service string) (s status, ok bool) {
	c.Helper()
	text, err := c.exec("/zinit", "status", "--json", service)
	return s, err == nil && json.Unmarshal([]byte(text), &s) == nil
}

// runs waits until a service does.
func (c container) runs(service string) {
	c.Helper()
	c.until(service+" runs", func() bool {
		s, ok := c.status(service)
		return ok && s.State == "running"
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
