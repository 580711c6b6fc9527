package vm

import (
	"bytes"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for a machine. One boots in some four seconds where
// nothing else runs.
const patience = 90 * time.Second

// machine is a virtual machine that runs.
type machine struct {
	t       *testing.T
	serial  net.Conn
	monitor string        // socket of qemu's monitor
	ended   chan struct{} // closed when qemu has ended
	silent  chan struct{} // closed when all that the console shows is read

	mu   sync.Mutex
	text bytes.Buffer  // what the console has shown
	news chan struct{} // one token: there is more of it
}

// boot starts a machine. The words are vm.sh's, the last ones for the kernel.
func boot(t *testing.T, kernelWords string, words ...string) *machine {
	t.Helper()
	return start(t, true, kernelWords, words...)
}

// start starts a machine whose console is read or is not.
func start(t *testing.T, read bool, kernelWords string, words ...string) *machine {
	t.Helper()
	dir := t.TempDir()
	m := &machine{t: t, monitor: filepath.Join(dir, "m"), ended: make(chan struct{}), silent: make(chan struct{}),
		news: make(chan struct{}, 1)}
	console := filepath.Join(dir, "s")
	cmd := exec.Command("../vm.sh", append(words, "-s", "unix:"+console, "-m", m.monitor, "-t", "240", "-a", "quiet "+kernelWords)...)
	var errors bytes.Buffer
	cmd.Stdout, cmd.Stderr = &errors, &errors
	must(t, cmd.Start())
	go func() {
		defer close(m.ended)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		// timeout(1) hands the signal on to qemu.
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-m.ended
		if t.Failed() {
			t.Logf("qemu: %s\nconsole:\n%s", errors.String(), m.console())
		}
	})
	m.serial = m.dial(console)
	t.Cleanup(func() { m.serial.Close() })
	if read {
		go m.read()
	} else {
		close(m.silent)
	}
	return m
}

// dial connects to a socket of qemu's as soon as it is there.
func (m *machine) dial(path string) net.Conn {
	m.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		conn, err := net.Dial("unix", path)
		if err == nil {
			return conn
		}
		select {
		case <-tick.C:
		case <-m.ended:
			m.t.Fatal("qemu ended at once")
		case <-late:
			m.t.Fatalf("cannot reach qemu: %v", err)
		}
	}
}

// read takes in what the console shows.
func (m *machine) read() {
	defer close(m.silent)
	buf := make([]byte, 4096)
	for {
		n, err := m.serial.Read(buf)
		m.mu.Lock()
		m.text.Write(buf[:n])
		m.mu.Unlock()
		select {
		case m.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// console is what it has shown so far, without carriage returns.
func (m *machine) console() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.ReplaceAll(m.text.String(), "\r", "")
}

// expect waits until the console has shown what the expression says, so many
// times, and gives the last match with its groups.
func (m *machine) expect(expression string, times int) []string {
	m.t.Helper()
	re := regexp.MustCompile(expression)
	late := time.After(patience)
	for {
		all := re.FindAllStringSubmatch(m.console(), -1)
		if len(all) >= times {
			return all[times-1]
		}
		select {
		case <-m.news:
		case <-m.ended:
			m.t.Fatalf("the machine ended before it showed %q %d times", expression, times)
		case <-late:
			m.t.Fatalf("the machine did not show %q %d times", expression, times)
		}
	}
}

// shows waits for a text on the console.
func (m *machine) shows(text string) {
	m.t.Helper()
	m.expect(regexp.QuoteMeta(text), 1)
}

// never says that a text is not on the console so far.
func (m *machine) never(text string) {
	m.t.Helper()
	if strings.Contains(m.console(), text) {
		m.t.Errorf("the machine showed %q", text)
	}
}

// types types a line at the console.
func (m *machine) types(line string) {
	m.t.Helper()
	_, err := fmt.Fprintf(m.serial, "%s\n", line)
	must(m.t, err)
}

// ctrlAltDel presses the keys so many times.
func (m *machine) ctrlAltDel(times int) {
	m.t.Helper()
	conn := m.dial(m.monitor)
	defer conn.Close()
	m.answer(conn) // its greeting
	for range times {
		_, err := fmt.Fprintf(conn, "sendkey ctrl-alt-delete 20\n")
		must(m.t, err)
		m.answer(conn)
	}
}

// answer reads one answer of the monitor's, up to its prompt.
func (m *machine) answer(conn net.Conn) {
	m.t.Helper()
	must(m.t, conn.SetReadDeadline(time.Now().Add(patience)))
	var said []byte
	buf := make([]byte, 256)
	for !bytes.Contains(said, []byte("(qemu)")) {
		n, err := conn.Read(buf)
		must(m.t, err)
		said = append(said, buf[:n]...)
	}
}

// ends waits for the machine to power off or reboot, which ends qemu. A panic of
// the kernel would do that too.
func (m *machine) ends() {
	m.t.Helper()
	select {
	case <-m.ended:
	case <-time.After(patience):
		m.t.Fatal("the machine does not end")
	}
	<-m.silent
	m.never("Kernel panic")
}
