package server

import (
	"fmt"
	"io"
	"maps"
	"os"
	"strconv"
	"strings"
)

// placesFile is in the run directory. It has a record of fixed length for each
// stream, "0000000000001f40 web.out" with spaces up to its newline, which is written
// in place: it is in one page, so a kill leaves the old number or the new one.
const (
	placesFile  = "console"
	placeLength = 128
	digits      = 16
)

// places is how far the console has come in each stream. nil has no file and
// remembers nothing. One goroutine uses it.
type places struct {
	file  *os.File
	slots map[string]int64 // stream to the offset of its record
	end   int64            // of the last record
	at    map[string]int64
}

// openPlaces reads what a former server of this life has noted. Records that make no
// sense are as good as none.
func openPlaces(dir *os.Root) (*places, error) {
	file, err := dir.OpenFile(placesFile, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot open the console's places: %w", err)
	}
	text, err := io.ReadAll(file)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("cannot read the console's places: %w", err)
	}
	p := &places{file: file, slots: map[string]int64{}, at: map[string]int64{}}
	for slot := 0; slot+placeLength <= len(text); slot += placeLength {
		p.end = int64(slot + placeLength)
		number, name, _ := strings.Cut(strings.TrimSpace(string(text[slot:slot+placeLength])), " ")
		at, err := strconv.ParseInt(number, 16, 64)
		if err == nil && name != "" {
			p.slots[name], p.at[name] = int64(slot), at
		}
	}
	return p, nil
}

// all is what was noted, by stream.
func (p *places) all() map[string]int64 {
	if p == nil {
		return nil
	}
	return maps.Clone(p.at)
}

// save notes new places. What cannot be noted is repeated after a restart.
func (p *places) save(next map[string]int64) {
	if p == nil {
		return
	}
	for name, at := range next {
		slot, known := p.slots[name]
		if !known {
			slot = p.end
			p.slots[name] = slot
			p.end += placeLength
		}
		record := fmt.Sprintf("%0*x %-*s\n", digits, at, placeLength-digits-2, name)
		_, _ = p.file.WriteAt([]byte(record), slot)
	}
}

func (p *places) close() {
	if p != nil {
		_ = p.file.Close()
	}
}
