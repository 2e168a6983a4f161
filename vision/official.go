package vision

// This file holds the table of the official files, with their sizes and
// checksums, and Verify, which compares a folder with it.

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// OfficialFile is a file that the authors of a data set publish on the network.
type OfficialFile struct {
	URL      string
	Size     int64  // bytes
	SHA256   string // hexadecimal
	MD5      string // as published beside the file; empty where none is
	Files    []File // what it holds, unpacked
	Licence  string
	Citation string
}

// File is a file that [Load] reads, unpacked.
type File struct {
	Name   string // below the data folder, without .gz
	Size   int64  // bytes
	SHA256 string // hexadecimal
}

// OfficialFiles returns the official files of a data set. The sample has none, as it
// is part of the program. An unknown name is an error.
func OfficialFiles(name string) ([]OfficialFile, error) {
	if _, err := find(name); err != nil {
		return nil, err
	}
	switch name {
	case "mnist":
		return mnistFiles(), nil
	case "fashion-mnist":
		return fashionFiles(), nil
	case "cifar10":
		return cifar10Files(), nil
	case "cifar100", "cifar100-coarse":
		return cifar100Files(), nil
	}
	return nil, nil
}

func mnistFiles() []OfficialFile {
	source := func(name string, size int64, sum string, unpacked int64, unpackedSum string) OfficialFile {
		return OfficialFile{
			URL:  "https://ossci-datasets.s3.amazonaws.com/mnist/" + name + ".gz",
			Size: size, SHA256: sum, Files: []File{{name, unpacked, unpackedSum}},
			Licence:  "not stated with the files; CC BY-SA 3.0 according to the documentation of Keras",
			Citation: "Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-based learning applied to document recognition, Proc. IEEE 86(11), 1998",
		}
	}
	return []OfficialFile{
		source(idxTrainImages, 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
			47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
		source(idxTrainLabels, 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
			60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
		source(idxTestImages, 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
			7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
		source(idxTestLabels, 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
			10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
	}
}

func fashionFiles() []OfficialFile {
	source := func(name string, size int64, sum string, unpacked int64, unpackedSum string) OfficialFile {
		return OfficialFile{
			URL:  "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/" + name + ".gz",
			Size: size, SHA256: sum, Files: []File{{name, unpacked, unpackedSum}},
			Licence:  "MIT, Zalando SE",
			Citation: "H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms, arXiv:1708.07747, 2017",
		}
	}
	return []OfficialFile{
		source(idxTrainImages, 26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
			47040016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
		source(idxTrainLabels, 29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
			60008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
		source(idxTestImages, 4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
			7840016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
		source(idxTestLabels, 5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
			10008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
	}
}

// cifar10Files describes the archive; its MD5 is published on the page of the
// data set, https://www.cs.toronto.edu/~kriz/cifar.html.
func cifar10Files() []OfficialFile {
	size := 10000 * int64(cifar10.record())
	return []OfficialFile{{
		URL:  "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
		Size: 170052171, SHA256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
		MD5: "c32a1d4ab5d03f1284b67883e8d87530",
		Files: []File{
			{cifar10.train[0], size, "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"},
			{cifar10.train[1], size, "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"},
			{cifar10.train[2], size, "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"},
			{cifar10.train[3], size, "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"},
			{cifar10.train[4], size, "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"},
			{cifar10.test[0], size, "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"},
		},
		Licence:  "none stated; its author asks for the citation",
		Citation: cifarCitation,
	}}
}

const cifarCitation = "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, technical report, University of Toronto, 2009"

// cifar100Files describes the archive; its MD5 is published on the page of the
// data set, https://www.cs.toronto.edu/~kriz/cifar.html. The SHA-256 of the
// archive is the one in the tables of MLDatasets.jl and GoMLX, those of its files
// are the ones in the table of TorchVision for Ruby: they are taken from there.
func cifar100Files() []OfficialFile {
	record := int64(cifar100.record())
	return []OfficialFile{{
		URL:  "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
		Size: 168513733, SHA256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
		MD5: "03b5dce01913d631647c71ecec9e9cb8",
		Files: []File{
			{cifar100.train[0], 50000 * record, "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"},
			{cifar100.test[0], 10000 * record, "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"},
		},
		Licence:  "none stated; its author asks for the citation",
		Citation: cifarCitation,
	}}
}

// State is what [Verify] finds about a file.
type State string

// The states of a file.
const (
	OK            State = "ok"
	Missing       State = "missing"
	WrongSize     State = "wrong size"
	WrongChecksum State = "wrong checksum"
	Unreadable    State = "unreadable" // no permission, a folder, damaged gzip
)

// FileStatus compares a file with the official one. Sizes and checksums are those of the
// unpacked content, however the file is compressed.
type FileStatus struct {
	Want   File // the official file
	State  State
	Path   string // where, below the data folder; empty if missing
	Size   int64  // found
	SHA256 string // found; empty unless the size is right
	Err    error  // why the file is unreadable
}

// String describes the file in one line.
func (s FileStatus) String() string {
	switch s.State {
	case Missing:
		return fmt.Sprintf("%s: missing", s.Want.Name)
	case WrongSize:
		return fmt.Sprintf("%s: wrong size: got %d bytes, want %d", s.Path, s.Size, s.Want.Size)
	case WrongChecksum:
		return fmt.Sprintf("%s: wrong checksum: got SHA-256 %s, want %s", s.Path, s.SHA256, s.Want.SHA256)
	case Unreadable:
		return fmt.Sprintf("%s: unreadable: %v", s.Path, s.Err)
	}
	return fmt.Sprintf("%s: %s", s.Path, s.State)
}

// Verify compares the files of a data set in dir with the official ones, in the places
// where [Load] looks. Differences are in the states; an unknown name or no folder is an
// error. The sample has no files.
func Verify(name, dir string) ([]FileStatus, error) {
	sources, err := OfficialFiles(name)
	if err != nil {
		return nil, err
	}
	if dir == "" && len(sources) > 0 {
		return nil, fmt.Errorf("vision: no folder given to verify %s in", name)
	}
	var all []FileStatus
	for _, s := range sources {
		all = append(all, verify(s.Files, os.DirFS(dir))...)
	}
	return all, nil
}

// verify compares files in a folder with the description of the official ones.
func verify(files []File, folder fs.FS) []FileStatus {
	all := make([]FileStatus, len(files))
	for i, f := range files {
		all[i] = FileStatus{Want: f, State: Missing}
		for _, p := range places(f.Name) {
			if _, err := fs.Stat(folder, p); errors.Is(err, fs.ErrNotExist) {
				continue
			}
			all[i].Path = p
			all[i].compare(folder)
			break
		}
	}
	return all
}

// compare fills in what is to be said about the file at s.Path.
func (s *FileStatus) compare(folder fs.FS) {
	r, err := open(folder, s.Path)
	if err != nil {
		s.State, s.Err = Unreadable, err
		return
	}
	defer r.Close()
	hash := sha256.New()
	// A byte more than wanted is read to see that there is more.
	s.Size, err = io.Copy(hash, io.LimitReader(r, max(maxFile, s.Want.Size)+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF): // gzip cut short
		s.State = WrongSize
	case err != nil:
		s.State, s.Err = Unreadable, err
	case s.Size != s.Want.Size:
		s.State = WrongSize
	default:
		s.SHA256 = hex.EncodeToString(hash.Sum(nil))
		s.State = OK
		if s.SHA256 != s.Want.SHA256 {
			s.State = WrongChecksum
		}
	}
}
