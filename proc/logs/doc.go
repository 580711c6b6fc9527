// Package logs is the ears of zinit: it keeps the newest output of every service.
//
// # Words
//
//   - An ear is one stream of one service: a pipe, but for syslog, and a ring.
//   - A ring is what is kept of a stream: at most two segments, the growing one and the
//     one before. A span is a segment as readers know it.
//   - The pump is the goroutine that moves bytes from the pipes into the rings. An ear
//     is loud while it is visited in turns, and held while its log file is behind.
//   - A slab is a segment under load that is written over instead of being made anew. Its
//     mark says how far it has come.
//   - A loss is what could not be kept. It is counted and shown in its place.
//   - A view is a ring at one moment. An entry is a line with its offset.
//   - A cursor is a reader's place in one ear; a track is a cursor with the lines read
//     ahead. A history reads all that is kept, a follower what comes, a resumer what
//     comes after a place on file.
//   - A copyist copies the two ears of a service to its log file. It has a copyCursor
//     in each; copying is what it shares with the pump. Its place is on file, in its
//     notebook.
//   - A message is one for Record, queued for the pump.
//
// # Contract
//
// A service writes its stdout and stderr into two pipes, which live as long as the
// service is known, not as long as one run of it. One goroutine, the pump, moves the
// bytes with splice(2) into segment files under logs/. The kernel takes bytes out of a
// pipe only when they are in the file, so a byte is always in exactly one of the two, and
// the file's size is the commit mark: a server that is killed at any instruction loses
// and doubles nothing. Opening a store is therefore always recovery. Slabs have another
// commit mark; see mark.
//
// # Pipes
//
// The pipes are opened for reading and writing by everybody, so that nobody ever gets
// SIGPIPE. Below zinit-pid1, which holds each of them too, they have no name:
// ears/NAME.out and ears/NAME.err under the run directory are symbolic links to what
// /proc calls them, and a successor opens them as descriptors of zinit-pid1. Without it
// they are FIFOs of these names, so that they are found again whatever we may see of
// other processes; so it is where /proc shows us nothing of zinit-pid1. They were FIFOs
// everywhere until it was measured what the name costs: since Linux 6.15 only the writes
// to a FIFO note the time, and a service that writes a line a time was slowed down by
// it by an eighth. A pipe that zinit-pid1 has not got is looked for among the descriptors
// of all processes: it had none left for it, or there is no zinit-pid1 any more. What is
// found is compared with its number; one that nobody holds is said to be lost, and a new
// one takes its place.
//
// # Layout
//
// Each stream has a ring of its own: at most two segments, NAME.out.BASE with the
// bytes and NAME.out.BASE.idx with their times. BASE is the offset of the first byte
// in the stream, in hexadecimal. It is a ring for each stream, not for each service,
// because the pump does not look at bytes: a chunk ends in the middle of a line, and
// with two streams in one file a lost index record would glue two half lines of
// different streams together. Here the file's name says the stream, a half written
// line is completed by the bytes that follow it, and the two are merged by time when
// they are read. Since the name says where a segment begins, rotation is the creation
// of a file (or the renaming of a slab), and removal of the oldest; what a crash leaves
// behind in between is put right at the next opening.
//
// An index record is (offset, wall time, lines lost before it). It is written before
// the bytes it speaks of, so that after a crash there may be a record without bytes,
// which the next chunk overwrites, but never bytes without a time. Chunks within one
// millisecond share a record. Where an index is missing or damaged, the time is the
// segment's modification time.
//
// A segment holds 256 bytes for each line asked for (64 KiB at least), and when it is
// full its predecessor goes: so at least that many lines of up to 200 bytes are kept,
// and at most twice the bytes. It is also full when its index has four records for
// each line, which only a program that writes a line in many slow pieces reaches.
// What leaves the ring by age is not counted as lost.
//
// # Speed
//
// An idle ear is two structs and a descriptor: it wakes nobody. Under load it is
// visited in turns instead of being watched, with naps of at most 2 ms in which its
// pipe, enlarged to 1 MiB, fills: a wake-up for each line would cost the writer more
// than the line. While one of those speaks, those that are silent for a moment are
// visited too: on few processors writers take turns, and each would wake somebody at
// each write. A turn moves a quantum of each ear, so that a flood delays the others by
// little. What is on its way to a log file is kept in slabs, for the making
// and removing of files would be most of the work. Bytes that would be out of the ring
// before anybody could read them are dropped in the kernel, without a copy; see skip.
//
// # Loss
//
// When a segment cannot be written (no space, quota, I/O error) the bytes are read,
// dropped and counted, and no service is stopped by it. So it is when the file system
// is nearly full, as the server must be able to save there what it does; see space.
// The count stands in the index where the bytes would be, and is shown there. It is
// lost itself if the server is killed while not even the index can be written.
//
// # Reading
//
// Readers use the files, in their own goroutine, at their own pace, and never hold up
// the pump. What a Query returns, and has in memory, is bounded: the newest lines up
// to Weight, whatever is kept; it reads each ear's newest part only. Query shows an
// unterminated last line, marked Partial, as it is all there is to see of a prompt.
// Follow holds it back until its end arrives, or until it is longer than 16 KiB, so
// that it prints no byte twice and no line in random pieces. Where the ring has turned,
// the rest of a line that has lost its head is left out.
//
// All, and the backlog of Follow, have no such bound: they read what is kept at one
// moment piece by piece, and merge as they go; see history.
//
// # Log files
//
// A service's output can be copied into a file too. A goroutine for each file, the
// copyist, reads the rings and writes whole lines, both streams in the order in which
// their bytes were taken from the pipes, to the millisecond; a line without an end
// waits for it for a second. Before each write it notes in ears/NAME.file where that
// begins and how long the file is, so that after a kill its successor, which starts
// with the store, knows how much was written: in a regular file nothing is lost or
// doubled, in a pipe one write of 4 KiB may be doubled. The file is opened for
// appending, with mode 0640 and as zinit's own user, and looked for at its path before
// each write: whoever moves or empties it is obeyed. Directories are not made.
//
// The file never holds up the pump, and so nobody but its own service: while it makes
// progress the ring of that does not turn past what is not copied, so that the file has
// all of a flood, at its own pace. A file that takes nothing for a second (a dead file
// server, a full disk, a pipe that nobody reads) is waited for no more: the ring turns,
// and what it turns past is counted and told in the file when that takes output again.
//
// # Messages
//
// Record adds to a third stream, Syslog, that has a ring and no pipe: the pump writes
// what it is handed, from a bounded queue. The name Unclaimed is nobody's.
//
// The package knows no service's state and no protocol; of the configuration it knows
// what [logging] says. Imported by applets/server, and by proc through an interface.
package logs
