package vision

// Tests of CIFAR-100 on files made here, and of its download from a local server.

import (
	"crypto/md5"
	"encoding/hex"
	"path/filepath"
	"slices"
	"testing"
)

// smallCIFAR100 returns the files of a right data set of 3 + 2 images, whose
// fine labels are 99, 0, 7 and 19, 50. Pixel k of plane p is (k + 80p) modulo 251.
func smallCIFAR100(folder string) map[string][]byte {
	file := func(labels ...byte) []byte {
		var b []byte
		for i := 0; i < len(labels); i += 2 {
			b = append(b, labels[i], labels[i+1]) // coarse, fine
			for p := range 3 {
				for k := range cifarPlane {
					b = append(b, byte((k+80*p)%251))
				}
			}
		}
		return b
	}
	return map[string][]byte{folder + "train.bin": file(13, 99, 4, 0, 7, 7), folder + "test.bin": file(11, 19, 19, 50)}
}

// Both labels of a record are found, and the pixels behind them.
func TestLoadCIFAR100(t *testing.T) {
	for _, folder := range []string{"", "cifar-100-binary/"} {
		dir := writeAll(t, smallCIFAR100(folder))
		for _, c := range []struct {
			name        string
			classes     int
			train, test []uint16
		}{
			{"cifar100", 100, []uint16{99, 0, 7}, []uint16{19, 50}},
			{"cifar100-coarse", 20, []uint16{13, 4, 7}, []uint16{11, 19}},
		} {
			train, test, err := Load(c.name, dir)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(train.Labels, c.train) || !slices.Equal(test.Labels, c.test) || len(train.Classes) != c.classes {
				t.Errorf("%s in folder %q: labels %v and %v of %d classes", c.name, folder, train.Labels, test.Labels, len(train.Classes))
			}
			for i := range train.Len() {
				for k, got := range train.Image(i) {
					if want := byte((k/3 + 80*(k%3)) % 251); got != want {
						t.Fatalf("%s: image %d, pixel %d, channel %d is %d, want %d", c.name, i, k/3, k%3, got, want)
					}
				}
			}
			if err := train.check(); err != nil {
				t.Error(err)
			}
		}
	}
}

// The names are as many as the labels, each another one, and in the order in
// which the label files list them.
func TestClassNames(t *testing.T) {
	for count, names := range map[int][]string{100: fine, 20: coarse} {
		if len(names) != count || !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != count {
			t.Errorf("%d names, sorted: %v; want %d different ones", len(names), slices.IsSorted(names), count)
		}
	}
	// Known from the data set's page: mice are label 50, worms the last.
	if fine[50] != "mouse" || fine[99] != "worm" || coarse[0] != "aquatic_mammals" || coarse[19] != "vehicles_2" {
		t.Errorf("names are out of order: %v, %v", fine, coarse)
	}
}

func TestCIFAR100Errors(t *testing.T) {
	for what, c := range map[string]struct {
		set    string
		change func(files map[string][]byte)
		want   []string
	}{
		"missing": {"cifar100-coarse", func(f map[string][]byte) { delete(f, "test.bin") },
			[]string{"test.bin", "cifar-100-binary/test.bin", "missing", "mgtool data get cifar100-coarse"}},
		"fine label": {"cifar100", func(f map[string][]byte) { f["train.bin"][3074+1] = 100 },
			[]string{"train.bin", "record 1", "label 100", "0 to 99"}},
		"coarse label": {"cifar100-coarse", func(f map[string][]byte) { f["train.bin"][3074] = 20 },
			[]string{"train.bin", "record 1", "label 20", "0 to 19"}},
		"records of CIFAR-10": {"cifar100", func(f map[string][]byte) { f["test.bin"] = make([]byte, 4*cifarRecord) },
			[]string{"test.bin", "12292 bytes", "3 records of 3074", "3070 bytes over"}},
		"empty": {"cifar100", func(f map[string][]byte) { f["test.bin"] = nil }, []string{"test.bin", "0 bytes", "at least one"}},
	} {
		t.Run(what, func(t *testing.T) {
			files := smallCIFAR100("")
			c.change(files)
			_, _, err := Load(c.set, writeAll(t, files))
			wantError(t, err, c.want...)
		})
	}
}

// The archive is fetched, compared with the published MD5, unpacked and read; a
// file that was changed afterwards is told with both checksums.
func TestDownloadCIFAR100(t *testing.T) {
	files := smallCIFAR100("cifar-100-binary/")
	train, test := files[cifar100.train[0]], files[cifar100.test[0]]
	archive := tarOf(t, "cifar-100-binary/fine_label_names.txt", []byte("apple\n"), cifar100.train[0], train, cifar100.test[0], test)
	s := serve(t, archive)
	source := sourceFor(s.URL+"/cifar-100-binary.tar.gz", archive, fileFor(cifar100.train[0], train), fileFor(cifar100.test[0], test))
	published := md5.Sum(archive)

	source.MD5 = cifar100Files()[0].MD5
	dir := t.TempDir()
	err := download(t.Context(), s.Client(), []OfficialFile{source}, dir, nil)
	wantError(t, err, "wrong checksum", "MD5 "+hex.EncodeToString(published[:]), "want 03b5dce01913d631647c71ecec9e9cb8")
	only(t, dir)

	source.MD5 = hex.EncodeToString(published[:])
	s.cut = 100
	wantError(t, download(t.Context(), s.Client(), []OfficialFile{source}, dir, nil), "stopped after 100 of")
	if err := download(t.Context(), s.Client(), []OfficialFile{source}, dir, nil); err != nil {
		t.Fatal(err)
	}
	if last := s.ranges[len(s.ranges)-1]; last != "bytes=100-" {
		t.Errorf("the transfer went on from %q, want bytes=100-", last)
	}
	only(t, dir, "cifar-100-binary/test.bin", "cifar-100-binary/train.bin")
	if d, err := LoadTest("cifar100", dir); err != nil || !slices.Equal(d.Labels, []uint16{19, 50}) {
		t.Errorf("what was fetched is not read: %v", err)
	}

	all, err := Verify("cifar100", dir) // small files are not the official ones
	if err != nil || len(all) != 2 || all[0].State != WrongSize || all[0].Want.Size != 153700000 || all[1].Want.Size != 30740000 {
		t.Errorf("%v, error %v", all, err)
	}
	if filepath.ToSlash(all[0].Path) != cifar100.train[0] {
		t.Errorf("found at %s", all[0].Path)
	}
}

func FuzzCIFAR100(f *testing.F) {
	for _, raw := range smallCIFAR100("") {
		f.Add(raw)
		f.Add(raw[:len(raw)-1])
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		for name, format := range map[string]cifarFormat{"cifar100": cifar100, "cifar100-coarse": cifar100Coarse} {
			s, _ := find(name)
			d := s.dataset()
			err := format.add(d, "fuzz", raw)
			if err == nil && (d.Len() == 0 || d.Len()*3074 != len(raw)) || err != nil && d.Len() > 0 {
				t.Errorf("%d records from %d bytes, error %v", d.Len(), len(raw), err)
			}
			if err := d.check(); err != nil {
				t.Error(err)
			}
		}
	})
}
