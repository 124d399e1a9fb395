package protocol

import (
	"encoding/json"

	lsp "github.com/tliron/glsp/protocol_3_16"
)

// The methods of version 3.17.
const (
	MethodDiagnostic          = "textDocument/diagnostic"
	MethodWorkspaceDiagnostic = "workspace/diagnostic"
	MethodDiagnosticRefresh   = "workspace/diagnostic/refresh"
	MethodInlayHint           = "textDocument/inlayHint"
	MethodInlayHintResolve    = "inlayHint/resolve"
	MethodPrepareTypes        = "textDocument/prepareTypeHierarchy"
	MethodSupertypes          = "typeHierarchy/supertypes"
	MethodSubtypes            = "typeHierarchy/subtypes"
)

// Codes of errors that the protocol adds to those of JSON-RPC.
const (
	CodeNotInitialized   = -32002
	CodeRequestCancelled = -32800
	CodeRequestFailed    = -32803
)

// InitializeParams are what the server reads of a client's first message.
type InitializeParams struct {
	ProcessID        *int                  `json:"processId"`
	RootURI          *string               `json:"rootUri"`
	RootPath         *string               `json:"rootPath"`
	WorkspaceFolders []lsp.WorkspaceFolder `json:"workspaceFolders"`
	Capabilities     ClientCapabilities    `json:"capabilities"`
	Options          json.RawMessage       `json:"initializationOptions"`
}

// ClientCapabilities are those that change what the server does.
type ClientCapabilities struct {
	General struct {
		PositionEncodings []string `json:"positionEncodings"`
	} `json:"general"`
	Window struct {
		WorkDoneProgress bool `json:"workDoneProgress"`
	} `json:"window"`
	Workspace struct {
		ApplyEdit             bool `json:"applyEdit"`
		DidChangeWatchedFiles struct {
			DynamicRegistration bool `json:"dynamicRegistration"`
		} `json:"didChangeWatchedFiles"`
		Diagnostics struct {
			RefreshSupport bool `json:"refreshSupport"`
		} `json:"diagnostics"`
	} `json:"workspace"`
	TextDocument struct {
		Diagnostic *struct {
			RelatedDocumentSupport bool `json:"relatedDocumentSupport"`
		} `json:"diagnostic"`
		Completion struct {
			CompletionItem struct {
				SnippetSupport bool `json:"snippetSupport"`
			} `json:"completionItem"`
		} `json:"completion"`
		DocumentSymbol struct {
			Hierarchical bool `json:"hierarchicalDocumentSymbolSupport"`
		} `json:"documentSymbol"`
		Hover struct {
			ContentFormat []string `json:"contentFormat"`
		} `json:"hover"`
		FoldingRange struct {
			LineFoldingOnly bool `json:"lineFoldingOnly"`
		} `json:"foldingRange"`
	} `json:"textDocument"`
}

// ServerCapabilities are those of 3.16 and what 3.17 adds.
type ServerCapabilities struct {
	lsp.ServerCapabilities
	PositionEncoding      Encoding           `json:"positionEncoding,omitempty"`
	DiagnosticProvider    *DiagnosticOptions `json:"diagnosticProvider,omitempty"`
	InlayHintProvider     *InlayHintOptions  `json:"inlayHintProvider,omitempty"`
	TypeHierarchyProvider bool               `json:"typeHierarchyProvider,omitempty"`
}

// DiagnosticOptions say how diagnostics are pulled.
type DiagnosticOptions struct {
	Identifier            string `json:"identifier,omitempty"`
	InterFileDependencies bool   `json:"interFileDependencies"`
	WorkspaceDiagnostics  bool   `json:"workspaceDiagnostics"`
	WorkDoneProgress      bool   `json:"workDoneProgress"`
}

// InlayHintOptions say whether hints are completed later.
type InlayHintOptions struct {
	ResolveProvider bool `json:"resolveProvider"`
}

// InitializeResult answers a client's first message.
type InitializeResult struct {
	Capabilities ServerCapabilities             `json:"capabilities"`
	ServerInfo   lsp.InitializeResultServerInfo `json:"serverInfo"`
}

// DiagnosticParams ask for the diagnostics of one document.
type DiagnosticParams struct {
	TextDocument     lsp.TextDocumentIdentifier `json:"textDocument"`
	PreviousResultID *string                    `json:"previousResultId,omitempty"`
}

// Kinds of diagnostic reports.
const (
	ReportFull      = "full"
	ReportUnchanged = "unchanged"
)

// DiagnosticReport is the answer, or one document's part of it.
type DiagnosticReport struct {
	Kind     string            `json:"kind"`
	ResultID string            `json:"resultId,omitempty"`
	Items    *[]lsp.Diagnostic `json:"items,omitempty"` // not where nothing changed
	URI      string            `json:"uri,omitempty"`
	Version  *int32            `json:"version,omitempty"`
}

// WorkspaceDiagnosticParams ask for the diagnostics of all documents.
type WorkspaceDiagnosticParams struct {
	PreviousResultIDs []PreviousResultID `json:"previousResultIds"`
	WorkDoneToken     any                `json:"workDoneToken,omitempty"`
}

// PreviousResultID is what the client has of a document.
type PreviousResultID struct {
	URI   string `json:"uri"`
	Value string `json:"value"`
}

// WorkspaceDiagnosticReport is the answer.
type WorkspaceDiagnosticReport struct {
	Items []DiagnosticReport `json:"items"`
}

// InlayHintParams ask for the hints of a range.
type InlayHintParams struct {
	TextDocument lsp.TextDocumentIdentifier `json:"textDocument"`
	Range        lsp.Range                  `json:"range"`
}

// InlayHintKind says what a hint is about.
type InlayHintKind int

// The kinds of hints.
const (
	HintType      InlayHintKind = 1
	HintParameter InlayHintKind = 2
)

// InlayHint is a text shown between the letters.
type InlayHint struct {
	Position     lsp.Position  `json:"position"`
	Label        string        `json:"label"`
	Kind         InlayHintKind `json:"kind,omitempty"`
	Tooltip      any           `json:"tooltip,omitempty"` // lsp.MarkupContent, when resolved
	PaddingLeft  bool          `json:"paddingLeft,omitempty"`
	PaddingRight bool          `json:"paddingRight,omitempty"`
	Data         any           `json:"data,omitempty"`
}

// TypeHierarchyItem is a type in a hierarchy.
type TypeHierarchyItem struct {
	Name           string         `json:"name"`
	Kind           lsp.SymbolKind `json:"kind"`
	Detail         string         `json:"detail,omitempty"`
	URI            string         `json:"uri"`
	Range          lsp.Range      `json:"range"`
	SelectionRange lsp.Range      `json:"selectionRange"`
	Data           any            `json:"data,omitempty"`
}

// TypeHierarchyParams ask for the neighbours of an item.
type TypeHierarchyParams struct {
	Item TypeHierarchyItem `json:"item"`
}
