// Judges a log folder and its proofs with golang.org/x/mod/sumdb, which knows nothing of the program that made them.
//
// Usage: judge LOG POLICY [PROOF.tlog-proof ...]
//
// Checks the checkpoint's note under the policy's one log line, reads every tile through sumdb's own authenticating
// reader, hashes every entry against it, and checks each proof with its .entry beside it. Exit 1 at the first thing wrong.
//
// On Debian: apt install golang-go golang-golang-x-mod-dev
// GO111MODULE=off GOPATH=/usr/share/gocode go build -o judge main.go
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	if len(os.Args) < 3 {
		fail("usage: judge LOG POLICY [PROOF ...]")
	}
	folder := os.Args[1]
	verifier := policy(os.Args[2])
	tree := open(verifier, read(filepath.Join(folder, "checkpoint")))
	entries := everything(folder, tree)
	for _, path := range os.Args[3:] {
		proof(verifier, path)
	}
	fmt.Printf("entries %d proofs %d\n", entries, len(os.Args)-3)
}

// policy gives the verifier of the policy's log line.
func policy(path string) note.Verifier {
	for _, line := range strings.Split(string(read(path)), "\n") {
		if words := strings.Fields(line); len(words) >= 2 && words[0] == "log" {
			verifier, err := note.NewVerifier(words[1])
			check(err, path)
			return verifier
		}
	}
	fail("no log line in " + path)
	return nil
}

// open verifies a checkpoint and gives its size and root.
func open(verifier note.Verifier, message []byte) tlog.Tree {
	opened, err := note.Open(message, note.VerifierList(verifier))
	check(err, "checkpoint")
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		fail("checkpoint: not three lines under the log's name")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err, "size")
	root, err := tlog.ParseHash(lines[2])
	check(err, "root")
	return tlog.Tree{N: size, Hash: root}
}

// everything hashes each entry of the folder against the authenticated tree.
func everything(folder string, tree tlog.Tree) int64 {
	hashes := tlog.TileHashReader(tree, tiles(folder))
	root, err := tlog.TreeHash(tree.N, hashes)
	check(err, "tree")
	if root != tree.Hash {
		fail("tree: another root")
	}
	index := int64(0)
	for index < tree.N {
		tile := tlog.Tile{H: height, L: -1, N: index >> height, W: 1 << height}
		if left := tree.N - index; left < int64(tile.W) {
			tile.W = int(left)
		}
		bundle := read(filepath.Join(folder, place(tile)))
		for i := 0; i < tile.W; i++ {
			if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
				fail(place(tile) + ": cut off")
			}
			entry := bundle[2 : 2+int(binary.BigEndian.Uint16(bundle))]
			bundle = bundle[2+len(entry):]
			path, err := tlog.ProveRecord(tree.N, index, hashes)
			check(err, place(tile))
			check(tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(entry)), place(tile))
			index++
		}
		if len(bundle) > 0 {
			fail(place(tile) + ": surplus bytes")
		}
	}
	return index
}

// proof checks one C2SP tlog-proof file.
func proof(verifier note.Verifier, path string) {
	parts := bytes.SplitN(read(path), []byte("\n\n"), 2)
	lines := strings.Split(string(parts[0]), "\n")
	if len(parts) != 2 || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		fail(path + ": not a proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	check(err, path)
	var hashes tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := base64.StdEncoding.Strict().DecodeString(line)
		check(err, path)
		if len(hash) != tlog.HashSize {
			fail(path + ": a hash of another length")
		}
		hashes = append(hashes, tlog.Hash(*(*[tlog.HashSize]byte)(hash)))
	}
	tree := open(verifier, parts[1])
	entry := read(strings.TrimSuffix(path, ".tlog-proof") + ".entry")
	check(tlog.CheckRecord(hashes, tree.N, tree.Hash, index, tlog.RecordHash(entry)), path)
}

// tiles reads sumdb's tiles from a folder that is laid out as C2SP tlog-tiles.
type tiles string

func (t tiles) Height() int                                 { return height }
func (t tiles) SaveTiles(wanted []tlog.Tile, data [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(wanted))
	for i, tile := range wanted {
		data, err := os.ReadFile(filepath.Join(string(t), place(tile)))
		if err != nil {
			return nil, err
		}
		found[i] = data
	}
	return found, nil
}

// place is the tile's path without sumdb's height, and with C2SP's name for entry bundles.
func place(tile tlog.Tile) string {
	path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
	return strings.Replace(path, "tile/data/", "tile/entries/", 1)
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	check(err, path)
	return data
}

func check(err error, where string) {
	if err != nil {
		fail(where + ": " + err.Error())
	}
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}
