package diag

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

// pageFiles holds one page per code. The page is the one place where a code and
// its title stand.
//
//go:embed pages/*.md
var pageFiles embed.FS

// PageInfo is what a page says, taken apart: Before is a program that yields
// exactly this code, After the same program put right. Files are those that both
// need beside them.
type PageInfo struct {
	Code          Code
	Title         string
	Before, After string
	Files         []PageFile
}

// PageFile is a file that a page's programs import or read.
type PageFile struct{ Name, Text string }

// Page is the text that `edyc help CODE` prints; the code may be in either case.
func Page(code Code) (string, bool) {
	text, err := pageFiles.ReadFile("pages/" + strings.ToUpper(string(code)) + ".md")
	if err != nil {
		return "", false
	}
	return string(text), true
}

// Pages lists every page in the order of the codes. A malformed page is a
// mistake in this package and panics.
func Pages() []PageInfo {
	entries, err := pageFiles.ReadDir("pages")
	if err != nil {
		panic(fmt.Sprintf("diag: the embedded pages cannot be listed: %v", err))
	}
	var pages []PageInfo
	for _, entry := range entries {
		code := Code(strings.TrimSuffix(entry.Name(), ".md"))
		text, _ := Page(code)
		page, err := parsePage(text)
		if err == nil && page.Code != code {
			err = fmt.Errorf("its first line is about %s", page.Code)
		}
		if err != nil {
			panic(fmt.Sprintf("diag: page %s: %v", entry.Name(), err))
		}
		pages = append(pages, page)
	}
	slices.SortFunc(pages, func(a, b PageInfo) int { return strings.Compare(string(a.Code), string(b.Code)) })
	return pages
}

// parsePage reads `# CODE: title`, an explanation, `## Before` and `## After`,
// each of the two with one edy block, and perhaps `## Files` with a block for each
// file, named where the others say edy.
func parsePage(text string) (PageInfo, error) {
	first, rest, _ := strings.Cut(text, "\n")
	head, ok := strings.CutPrefix(first, "# ")
	code, title, colon := strings.Cut(head, ": ")
	if !ok || !colon || strings.TrimSpace(title) == "" {
		return PageInfo{}, fmt.Errorf("the first line is not `# CODE: title`")
	}
	explanation, rest, hasBefore := strings.Cut(rest, "\n## Before\n")
	before, after, hasAfter := strings.Cut(rest, "\n## After\n")
	after, files, hasFiles := strings.Cut(after, "\n## Files\n")
	if !hasBefore || !hasAfter || strings.TrimSpace(explanation) == "" {
		return PageInfo{}, fmt.Errorf("it needs an explanation, `## Before` and `## After`, in this order")
	}
	page := PageInfo{Code: Code(code), Title: strings.TrimSpace(title)}
	var err error
	if page.Before, err = edyBlock(before); err != nil {
		return PageInfo{}, fmt.Errorf("before: %w", err)
	}
	if page.After, err = edyBlock(after); err != nil {
		return PageInfo{}, fmt.Errorf("after: %w", err)
	}
	if hasFiles {
		if page.Files, err = fileBlocks(files); err != nil {
			return PageInfo{}, fmt.Errorf("files: %w", err)
		}
	}
	return page, nil
}

// edyBlock is the text of the one ```edy block of a part.
func edyBlock(part string) (string, error) {
	const open, end = "```edy\n", "\n```"
	_, block, ok := strings.Cut("\n"+part, "\n"+open)
	text, rest, closed := strings.Cut(block, end)
	if !ok || !closed || strings.Contains(rest, "```") {
		return "", fmt.Errorf("it needs exactly one ```edy block")
	}
	return text + "\n", nil
}

// fileBlocks are the files of a part, each a block with its name.
func fileBlocks(part string) ([]PageFile, error) {
	const fence = "```"
	var files []PageFile
	for _, block := range strings.SplitAfter(part, "\n"+fence+"\n") {
		block = strings.TrimLeft(block, "\n")
		if block == "" {
			continue
		}
		name, text, ok := strings.Cut(strings.TrimPrefix(block, fence), "\n")
		text, closed := strings.CutSuffix(text, fence+"\n")
		if !ok || !closed || name == "" || !strings.HasPrefix(block, fence) {
			return nil, fmt.Errorf("each file is a block that starts with its name")
		}
		files = append(files, PageFile{Name: name, Text: text})
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there is no file")
	}
	return files, nil
}
