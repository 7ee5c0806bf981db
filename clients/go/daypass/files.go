package daypass

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"daypass.dev/internal/fetch"
)

const (
	defaultProfile = "default"
	localFolder    = ".daypass"
	// A thousand profiles are about 200 KiB.
	profileFileBytesMax = 1_048_576
)

// profileFiles are the profiles of a pair of files, and where they were looked for.
type profileFiles struct {
	profiles map[string]map[string]entry
	places   []string
}

// surroundings are what the process has around it.
type surroundings struct {
	environ func(string) string
	home    string
	folder  string
}

// get returns the first of these variables that is set and not empty.
func (s surroundings) get(names ...string) string {
	for _, name := range names {
		if value := s.environ(name); value != "" {
			return value
		}
	}
	return ""
}

// resolve returns a path as a person writes it; empty stays empty.
func (s surroundings) resolve(text string) string {
	switch {
	case text == "":
		return ""
	case text == "~" || strings.HasPrefix(text, "~/"):
		return filepath.Join(s.home, text[1:])
	case filepath.IsAbs(text):
		return text
	}
	return filepath.Join(s.folder, text)
}

// awsFiles reads the files that the variables of AWS name, or those in ~/.aws.
func awsFiles(around surroundings) (profileFiles, error) {
	credentials := around.resolve(around.get("AWS_SHARED_CREDENTIALS_FILE"))
	if credentials == "" {
		credentials = filepath.Join(around.home, ".aws", "credentials")
	}
	config := around.resolve(around.get("AWS_CONFIG_FILE"))
	if config == "" {
		config = filepath.Join(around.home, ".aws", "config")
	}
	return readPair(credentials, config)
}

// localFiles reads .daypass of the current folder, as a development server writes it.
// There are none where a variable of AWS names files, and where the folder is missing,
// belongs to somebody else or can be written by others.
//
// NOTE: such a folder counts only as a whole: its endpoint never meets credentials from
// elsewhere, so that a folder of a stranger cannot draw them.
func localFiles(around surroundings) (profileFiles, error) {
	if around.get("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE") != "" {
		return profileFiles{}, nil
	}
	folder := filepath.Join(around.folder, localFolder)
	state, err := os.Lstat(folder)
	if err != nil || !state.IsDir() || !isOwn(state) || state.Mode().Perm()&0o022 != 0 {
		return profileFiles{}, nil
	}
	return readPair(filepath.Join(folder, "credentials"), filepath.Join(folder, "config"))
}

// readPair reads a credentials file and a config file; either may be missing. Where both
// have a key of a profile, that of the credentials file counts.
func readPair(credentials, config string) (profileFiles, error) {
	found := profileFiles{map[string]map[string]entry{}, []string{credentials, config}}
	sections, err := readSections(config)
	if err != nil {
		return found, err
	}
	for _, each := range sections {
		name, is, err := configName(each, config)
		if err != nil {
			return found, err
		}
		if is {
			found.add(name, each.entries)
		}
	}
	if sections, err = readSections(credentials); err != nil {
		return found, err
	}
	for _, each := range sections {
		found.add(each.name, each.entries)
	}
	return found, nil
}

func (f profileFiles) add(name string, entries map[string]entry) {
	if f.profiles[name] == nil {
		f.profiles[name] = map[string]entry{}
	}
	for key, value := range entries {
		f.profiles[name][key] = value
	}
}

func readSections(path string) ([]section, error) {
	stream, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadableFile("file", path, err)
	}
	defer stream.Close()
	data, err := fetch.ReadBounded(stream, profileFileBytesMax)
	if err != nil {
		return nil, &ConfigurationError{
			Message: fmt.Sprintf("The file cannot be read, or is longer than %d bytes.", profileFileBytesMax),
			File:    path,
		}
	}
	if !utf8.Valid(data) {
		return nil, &ConfigurationError{Message: "The file is not UTF-8 text.", File: path}
	}
	return parseSections(string(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))), path)
}

// configName returns the profile that a section of a config file is of, if it is of one.
func configName(each section, file string) (string, bool, error) {
	if each.name == defaultProfile {
		return each.name, true, nil
	}
	words, whole := splitWords(each.name)
	if !whole {
		return "", false, fault("The section has a quotation mark without its pair.", file, each.line)
	}
	if len(words) == 0 || words[0] != "profile" {
		return "", false, nil
	}
	if len(words) != 2 {
		return "", false, fault("The section is not of the form [profile name].", file, each.line)
	}
	return words[1], true, nil
}
