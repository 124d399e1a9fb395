// Block comments nest, which no regular expression can say, and nothing inside quotes
// is a comment.

#include "tree_sitter/parser.h"

enum TokenType { BLOCK_COMMENT, DOUBLE_TEXT, SINGLE_TEXT, DOUBLE_F_TEXT, SINGLE_F_TEXT };

void *tree_sitter_edy_external_scanner_create(void) { return NULL; }
void tree_sitter_edy_external_scanner_destroy(void *payload) { (void)payload; }
unsigned tree_sitter_edy_external_scanner_serialize(void *payload, char *buffer) {
  (void)payload, (void)buffer;
  return 0;
}
void tree_sitter_edy_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  (void)payload, (void)buffer, (void)length;
}

// opens takes "/*"; nothing else that starts with "/" is a token of this scanner.
static bool opens(TSLexer *lexer) {
  if (lexer->lookahead != '/') return false;
  lexer->advance(lexer, false);
  if (lexer->lookahead != '*') return false;
  lexer->advance(lexer, false);
  return true;
}

static bool comment(TSLexer *lexer) {
  while (lexer->lookahead == ' ' || (lexer->lookahead >= '\t' && lexer->lookahead <= '\r')) lexer->advance(lexer, true);
  if (!opens(lexer)) return false;
  for (unsigned depth = 1; depth > 0;) {
    if (lexer->eof(lexer)) return false; // it never ends
    if (lexer->lookahead == '/') {
      if (opens(lexer)) depth++;
    } else if (lexer->lookahead == '*') {
      lexer->advance(lexer, false);
      if (lexer->lookahead == '/') {
        lexer->advance(lexer, false);
        depth--;
      }
    } else {
      lexer->advance(lexer, false);
    }
  }
  lexer->result_symbol = BLOCK_COMMENT;
  return true;
}

// text takes what stands between quotes, escapes and holes.
static bool text(TSLexer *lexer, int32_t quote, bool holes, enum TokenType symbol) {
  bool any = false;
  while (!lexer->eof(lexer) && lexer->lookahead != quote && lexer->lookahead != '\\' && lexer->lookahead != '\n' &&
         !(holes && lexer->lookahead == '{')) {
    lexer->advance(lexer, false);
    any = true;
  }
  lexer->result_symbol = symbol;
  return any;
}

bool tree_sitter_edy_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
  (void)payload;
  bool recovering = valid[DOUBLE_TEXT] && valid[SINGLE_TEXT]; // the parser is lost and takes anything
  if (!recovering) {
    if (valid[DOUBLE_TEXT]) return text(lexer, '"', false, DOUBLE_TEXT);
    if (valid[SINGLE_TEXT]) return text(lexer, '\'', false, SINGLE_TEXT);
    if (valid[DOUBLE_F_TEXT]) return text(lexer, '"', true, DOUBLE_F_TEXT);
    if (valid[SINGLE_F_TEXT]) return text(lexer, '\'', true, SINGLE_F_TEXT);
  }
  return valid[BLOCK_COMMENT] && comment(lexer);
}
