package syntax

import (
	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
)

// Participle makes a parser out of struct tags, which takes longer than to parse most
// files with it: of the whole grammar a small file needs three or four declarations. So
// each kind of declaration has a parser of its own, made when the first one of it is read.
// They read declarations without a mistake. Where one does not fit, the whole grammar reads
// it again and says why, for what is said depends on all that could have stood there.

// oneG is a declaration whose word is known: declG with one body instead of all.
type oneG[B any] struct {
	Tokens      []lexer.Token
	Doc         []docG                 `parser:"@@*"`
	Annotations []leaf[ast.Annotation] `parser:"@@*"`
	Export      bool                   `parser:"@'export'?"`
	Body        *B                     `parser:"@@"`
}

// declParser reads one declaration to the end of the tokens.
type declParser func(*lexer.PeekingLexer) (*declG, error)

// kindFn is the key of aggregate fn and table fn.
const kindFn = "kind fn"

// bodies make the parser of each kind, by the word that tells it.
var bodies = map[string]func(*grammar) declParser{
	"stream":   one(func(b *declBodyG) **streamG { return &b.Stream }),
	"table":    one(func(b *declBodyG) **streamG { return &b.Stream }),
	kindFn:     one(func(b *declBodyG) **kindFnG { return &b.KindFn }),
	"fn":       one(func(b *declBodyG) **fnG { return &b.Fn }),
	"schema":   one(func(b *declBodyG) **schemaG { return &b.Schema }),
	"topic":    one(func(b *declBodyG) **topicG { return &b.Topic }),
	"test":     one(func(b *declBodyG) **testG { return &b.Test }),
	"sink":     one(func(b *declBodyG) **sinkG { return &b.Sink }),
	"source":   one(func(b *declBodyG) **sourceG { return &b.Source }),
	"route":    one(func(b *declBodyG) **routeG { return &b.Route }),
	"enum":     one(func(b *declBodyG) **enumG { return &b.Enum }),
	"param":    one(func(b *declBodyG) **paramG { return &b.Param }),
	"const":    one(func(b *declBodyG) **constG { return &b.Const }),
	"import":   one(func(b *declBodyG) **importG { return &b.Import }),
	"secret":   one(func(b *declBodyG) **secretG { return &b.Secret }),
	"pipe":     one(func(b *declBodyG) **pipeG { return &b.Pipe }),
	"view":     one(func(b *declBodyG) **viewG { return &b.View }),
	"command":  one(func(b *declBodyG) **commandG { return &b.Command }),
	"schedule": one(func(b *declBodyG) **scheduleG { return &b.Schedule }),
	"policy":   one(func(b *declBodyG) **policyG { return &b.Policy }),
	"grant":    one(func(b *declBodyG) **grantG { return &b.Grant }),
	"deny":     one(func(b *declBodyG) **grantG { return &b.Grant }),
	"module":   one(func(b *declBodyG) **moduleG { return &b.Module }),
}

// one makes parsers of declarations with the body that a field of declBodyG holds.
func one[B any](field func(*declBodyG) **B) func(*grammar) declParser {
	return func(g *grammar) declParser {
		p := built[oneG[B]](g)
		return func(lex *lexer.PeekingLexer) (*declG, error) {
			read, err := p.ParseFromLexer(lex)
			if err != nil {
				return nil, err
			}
			out := &declG{Tokens: read.Tokens, Doc: read.Doc, Annotations: read.Annotations, Export: read.Export}
			*field(&out.Body) = read.Body
			return out, nil
		}
	}
}

// built is participle's parser of a type; a mistake in the struct tags is ours.
func built[T any](g *grammar) *participle.Parser[T] {
	p, err := participle.Build[T](g.options...)
	if err != nil {
		panic("the grammar does not build: " + err.Error()) // found by any test
	}
	return p
}

// sound is the parser for a declaration that may have no mistake.
func (g *grammar) sound(tokens []lexer.Token) declParser {
	i := wordIndex(tokens)
	word := tokens[i].Value
	if i+1 < len(tokens) && tokens[i+1].Value == "fn" && (word == ast.FnAggregate || word == ast.FnTable) {
		word = kindFn
	}
	if read, made := g.ones[word]; made {
		return read
	}
	if body, known := bodies[word]; known {
		g.ones[word] = body(g)
		return g.ones[word]
	}
	return g.decl
}

// decl reads a declaration by the whole grammar.
func (g *grammar) decl(lex *lexer.PeekingLexer) (*declG, error) {
	if g.whole == nil {
		g.whole = built[declG](g)
	}
	return g.whole.ParseFromLexer(lex)
}
