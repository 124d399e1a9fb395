/**
 * The grammar of .edy files for tree-sitter.
 *
 * It follows the grammar of spec/, and reads every file that edyc reads. It may read
 * more: what is a mistake is for edyc to say. Soft keywords are names wherever the
 * grammar has no place for the keyword, which is what tree-sitter does by itself.
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

// Reserved words may be names before ":" and "=" and behind ".". Where no word of the
// language can stand, tree-sitter reads them as names by itself; these can begin an
// expression, so that only the sign behind them tells.
const BEGINS = ['not', 'if', 'case', 'true', 'false', 'null', 'try', 'fn'];

// How tightly operators bind, loosest first; comparisons stand between not and ??.
const BIND = { or: 1, and: 2, not: 3, coalesce: 4, add: 5, mul: 6, unary: 7, postfix: 8 };

const list = (item) => seq(item, repeat(seq(',', item)));
const trailing = (item) => optional(seq(list(item), optional(',')));

module.exports = grammar({
  name: 'edy',

  externals: ($) => [$.block_comment, $._double_text, $._single_text, $._double_f_text, $._single_f_text],
  extras: ($) => [/\s/, $.doc_comment, $.comment, $.block_comment],
  word: ($) => $.identifier,
  supertypes: ($) => [$.declaration, $.stage, $.expression],
  inline: ($) => [$._relation, $._string],

  rules: {
    source_file: ($) => repeat(choice($.module, $.import, $._item)),

    module: ($) =>
      seq('module', field('name', $.path), optional(seq('timezone', field('zone', $._string))), optional(seq('edition', field('edition', $.integer)))),
    import: ($) =>
      seq('import', choice(seq(field('path', alias($._dotted, $.path)), optional(seq('.', $.import_names))), field('file', $._string)), optional(seq('as', field('alias', $._name)))),
    import_names: ($) => seq('{', list($._name), optional(','), '}'),

    _item: ($) => seq(repeat($.annotation), optional('export'), $.declaration),
    annotation: ($) => prec.right(seq(field('name', $.annotation_name), optional($.arguments))),
    annotation_name: () => /@[A-Za-z_][A-Za-z0-9_]*/,

    declaration: ($) =>
      choice(
        $.schema, $.enum, $.topic, $.source, $.sink, $.stream, $.table, $.view, $.command, $.route,
        $.function, $.pipe, $.const, $.param, $.secret, $.schedule, $.policy, $.grant, $.test,
      ),

    // Data.
    schema: ($) =>
      seq('schema', field('name', $._name), optional($.version), choice(field('body', $.record_type), seq('=', $.union_type))),
    version: ($) => seq('version', $.integer),
    union_type: ($) => seq($.path, repeat(seq('or', $.path))),
    enum: ($) =>
      seq('enum', field('name', $._name), optional($.version), '{', repeat($.enum_item), '}', optional(seq('default', field('default', $._name)))),
    enum_item: ($) => seq(field('name', $._name), repeat($.annotation), optional(',')),

    _type: ($) => choice($.record_type, $.nullable_type, $.named_type),
    nullable_type: ($) => seq(choice($.record_type, $.named_type), '?'),
    record_type: ($) => seq('{', repeat($.field), '}'),
    field: ($) =>
      seq(field('name', $._name), ':', field('type', $._type), optional(seq('=', field('default', $.expression))), repeat($.annotation), optional(',')),
    named_type: ($) =>
      seq(field('name', $.path), optional($.type_arguments), optional($.type_parameters)),
    type_arguments: ($) => seq('(', list(choice($.integer, $._name)), ')'),
    type_parameters: ($) => seq('<', list($._type), '>'),

    // Topics and connectors.
    topic: ($) =>
      seq('topic', field('name', $._name), optional(seq(':', field('type', $._type))), optional(seq('from', field('file', $._string))), optional($.settings)),
    source: ($) =>
      seq('source', field('name', $._name), 'from', field('connector', $.path), 'into', field('into', $.path), optional($.settings)),
    sink: ($) =>
      seq('sink', field('name', $._name), 'from', field('from', $.path), 'to', choice(field('connector', $.path), field('file', $._string)), optional($.settings)),
    settings: ($) => seq('{', repeat($.setting), '}'),
    setting: ($) => seq(field('name', $._name), ':', field('value', $.expression), optional(',')),

    // Streams and pipelines.
    stream: ($) => seq('stream', $._stream_rest),
    table: ($) => seq('table', $._stream_rest),
    _stream_rest: ($) =>
      seq(field('name', $._name), optional(seq(':', field('type', $.stream_type))), optional(seq('with', $.settings)), '=', field('body', $.pipeline)),
    stream_type: ($) =>
      seq(field('kind', $._name), '<', field('row', $._type), '>', optional(seq('key', '[', $._expressions, ']'))),
    pipe: ($) => seq('pipe', field('name', $._name), $.parameters, '=', repeat1($._piped)),

    pipeline: ($) => seq('from', optional(seq(field('alias', $._name), '=')), field('from', $._relation), repeat($._piped)),
    _piped: ($) => seq('|>', $.stage),
    _relation: ($) => choice($.path, $.nested),
    nested: ($) => seq('(', $.pipeline, ')'),

    stage: ($) =>
      choice(
        $.where, $.select, $.extend, $.let, $.drop, $.rename, $.require, $.unnest, $.key, $.time, $.window,
        $.aggregate, $.top, $.latest, $.dedup, $.join, $.lookup, $.union, $.match, $.sort, $.limit, $.sample,
        $.changes, $.upserts, $.expire, $.apply, $.into, $.hold, $.silent, $.throttle, $.changed, $.distinct,
      ),

    where: ($) => seq('where', $.expression),
    select: ($) => seq('select', $._selection),
    _selection: ($) => list(choice($.star, $.item)),
    star: ($) => seq('*', optional(seq('except', '(', list($.path), ')'))),
    item: ($) => seq(optional(seq(field('name', $._label), '=')), field('value', $.expression)),
    extend: ($) => seq('extend', list($.item)),
    let: ($) => seq('let', list($.item)),
    drop: ($) => seq('drop', list($.path)),
    rename: ($) => seq('rename', list($.renamed)),
    renamed: ($) => seq(field('name', $._name), '=', field('column', $.path)),
    require: ($) => seq('require', list($.path), optional($.else_target)),
    else_target: ($) => seq('else', '->', $.path),
    unnest: ($) => seq('unnest', choice(seq('outer', field('name', $._name)), field('name', choice($._name, alias('outer', $.identifier)))), '=', field('value', $.expression)),
    key: ($) => seq('key', 'by', $._expressions),
    time: ($) => seq('time', field('time', $.expression), 'watermark', field('watermark', $.expression)),
    sort: ($) => seq('sort', 'by', $._orders),
    limit: ($) => seq('limit', $.expression),
    sample: ($) => seq('sample', $.expression, optional(seq('by', $._expressions))),
    changes: () => 'changes',
    upserts: ($) => seq('upserts', 'by', $._expressions, optional(seq('delete', 'when', $.expression))),
    expire: ($) => seq('expire', 'after', $.expression),
    apply: ($) => seq('apply', field('pipe', $.path), $.arguments),
    into: ($) => seq('into', $.path),
    hold: ($) => seq('hold', $.expression, 'while', $.expression, optional($.per)),
    silent: ($) => seq('silent', $.expression, optional($.per)),
    throttle: ($) => seq('throttle', $.expression, 'per', $.expression, optional($.per), optional($.else_target)),
    changed: ($) => seq('changed', $._expressions, optional($.per)),
    distinct: () => 'distinct',
    union: ($) => seq('union', list($._relation)),
    per: ($) => seq('per', $._expressions),
    keep: ($) => seq('keep', $.expression),

    window: ($) => seq('window', $.window_kind, repeat($.window_option)),
    window_kind: ($) =>
      choice(
        seq('tumbling', $.expression),
        seq('hopping', $.expression, 'every', $.expression),
        seq('cumulative', $.expression, 'every', $.expression),
        seq('sliding', $.expression),
        seq('session', 'gap', $.expression, optional(seq('max', $.expression))),
        seq('span', $.range),
        'none',
        seq('rows', $.expression, optional(seq('every', $.expression))),
      ),
    window_option: ($) =>
      choice(
        seq('per', choice($._expressions, seq('(', ')'))),
        seq('on', choice('processing', 'event'), 'time'),
        $.zone,
        seq('offset', $.expression),
        seq('lateness', $.expression, optional($.else_target)),
        seq('fill', choice('zero', 'null', 'last'), optional($.keep)),
        seq('emit', choice('final', seq('updates', optional(seq('every', $.expression))), seq('early', 'every', $.expression))),
      ),

    aggregate: ($) => seq('aggregate', list($.aggregate_item), optional($.by), optional($.keep)),
    aggregate_item: ($) => seq($.item, optional(seq('where', field('where', $.expression)))),
    by: ($) => seq('by', list($.item)),
    top: ($) =>
      seq('top', $.expression, 'by', $._orders, optional($.per), optional($.ties), optional($.rank), optional($.keep)),
    ties: () => seq('with', 'ties'),
    rank: ($) => seq('rank', field('name', $._name)),
    latest: ($) => seq('latest', 'by', $._expressions, optional($.keep)),
    dedup: ($) => seq('dedup', 'by', choice($.star, $._expressions), optional($.within)),

    join: ($) => seq(optional($.join_kind), 'join', $._joined, optional($.within), optional('forward'), optional($.keep)),
    join_kind: () => choice(seq('left', optional('asof')), 'full', 'semi', 'anti', 'asof'),
    within: ($) => seq('within', choice($.expression, $.range)),
    lookup: ($) => seq(optional('left'), 'lookup', $._joined, optional(seq('cache', field('cache', $.expression)))),
    _joined: ($) => seq(field('alias', $._name), '=', field('from', $._relation), 'on', field('on', $.expression)),
    range: ($) => seq($.expression, '..', $.expression),

    match: ($) =>
      seq(
        'match', optional($.per), '{', repeat($.define), 'pattern', field('pattern', $._pattern), repeat($.match_option),
        'emit', $._selection, optional($.timeout), '}',
      ),
    timeout: ($) => seq('timeout', $._selection),
    define: ($) => seq('define', field('name', $._name), optional(seq('from', $.path)), 'where', $.expression),
    match_option: ($) =>
      choice(
        $.within,
        seq('skip', choice(seq('past', 'last'), seq('to', choice('next', seq(choice('first', 'last'), $._name))))),
      ),
    _pattern: ($) => choice($.pattern_or, $.pattern_sequence, $.pattern_and, $.pattern_not, $.pattern_repeat, $._pattern_atom),
    pattern_or: ($) => prec.left(1, seq($._pattern, 'or', $._pattern)),
    pattern_sequence: ($) => prec.left(2, seq($._pattern, choice('then', 'next'), $._pattern)),
    pattern_and: ($) => prec.left(3, seq($._pattern, 'and', $._pattern)),
    pattern_not: ($) => seq('not', $._name, optional(seq('for', $._compared))),
    pattern_repeat: ($) => seq($._pattern_atom, choice('+', '*', '?', $.count)),
    _pattern_atom: ($) => choice($._name, seq('(', $._pattern, ')')),
    count: ($) => seq('{', $.integer, optional(seq(',', optional($.integer))), '}'),

    // Routes.
    route: ($) =>
      seq(
        'route', field('name', $._name), 'from', field('from', $._relation), choice(seq('first', 'match'), seq('all', 'matches')),
        optional(seq('with', $.settings)), '{', repeat($.arm), optional($.otherwise), '}',
      ),
    arm: ($) => seq('when', field('when', $.expression), $._tail),
    otherwise: ($) => seq('otherwise', $._tail),
    _tail: ($) => seq(repeat($._piped), '->', list($.target)),
    target: ($) => choice($.path, $._string),

    // State views and commands.
    view: ($) =>
      seq('view', field('name', $._name), 'from', field('from', $._relation), 'key', $._expressions, optional($.keep), '{', repeat(choice($.state, $.reducer)), '}'),
    state: ($) => seq('state', field('name', $._name), ':', field('type', $._type), '=', field('value', $.expression)),
    reducer: ($) =>
      seq('on', choice('*', field('branch', $.path)), optional(seq('when', field('when', $.expression))), choice(seq('set', list($.assignment)), 'delete')),
    assignment: ($) => seq(field('name', $._name), '=', field('value', $.expression)),
    command: ($) =>
      seq('command', field('name', $._name), $.parameters, 'on', field('view', $.path), '[', $._expressions, ']', '{', repeat(choice($.guard, $.emit)), '}'),
    guard: ($) => seq('require', $.expression, 'else', $.expression),
    emit: ($) => seq('emit', $.expression, 'to', $.path),

    // Functions.
    function: ($) =>
      seq(
        optional(field('kind', choice('aggregate', 'table'))),
        'fn', field('name', $._name), optional($.type_names), $.parameters, '->', field('result', $._type), optional('!'),
        '=', field('body', choice($.wasm, $.expression)),
      ),
    type_names: ($) => seq('<', list($._name), '>'),
    wasm: ($) => seq('wasm', field('module', $._string), 'export', field('export', $._string), optional($.settings)),
    parameters: ($) => seq('(', trailing($.parameter), ')'),
    parameter: ($) => seq(field('name', $._name), ':', field('type', $._type), optional(seq('=', field('default', $.expression)))),

    // Values, schedules, permissions.
    const: ($) => seq('const', field('name', $._name), optional(seq(':', field('type', $._type))), '=', field('value', $.expression)),
    param: ($) =>
      seq('param', field('name', $._name), ':', field('type', $._type), optional(seq('=', field('default', $.expression))), optional($.settings)),
    secret: ($) => seq('secret', field('name', $._name), 'from', field('store', $._name), field('key', $._string)),
    schedule: ($) =>
      seq(
        'schedule', field('name', $._name),
        choice($.every, $.cron), optional($.zone), '{', repeat(choice($.emit, $.snapshot, $.run)), '}',
      ),
    every: ($) => seq('every', $.expression, optional(seq('at', field('at', $.expression)))),
    cron: ($) => seq('cron', $._string),
    zone: ($) => seq('zone', $._string),
    snapshot: ($) => seq('snapshot', $.path, 'to', $.path),
    run: ($) => seq('run', $.path, $.arguments),
    policy: ($) => seq('policy', field('name', $._name), 'on', field('on', $.path), '{', repeat(choice($.mask, $.rows)), '}'),
    mask: ($) => seq('mask', list($._name), 'using', $.expression, 'for', $.principal),
    rows: ($) => seq('rows', 'where', $.expression, 'for', $.principal),
    grant: ($) => seq(choice('grant', 'deny'), list($._name), 'on', $.path, 'to', $.principal),
    principal: ($) => seq(choice('role', 'service', 'user'), choice($._name, $._string)),

    // Tests.
    test: ($) => seq('test', field('name', $._string), '{', repeat(choice($.given, $.expect, $.reject, $.set, $.advance, $.send)), '}'),
    given: ($) => seq('given', field('target', $.path), $._rows),
    expect: ($) => seq('expect', field('target', $.path), optional('changes'), optional(choice('exactly', 'contains', 'unordered')), $._rows),
    reject: ($) => seq('reject', $._string),
    set: ($) => seq('set', field('name', $._name), '=', field('value', $.expression)),
    advance: ($) => seq('advance', choice('time', 'watermark'), 'to', $.expression),
    send: ($) => seq('send', field('command', $._name), $.arguments),
    _rows: ($) => choice(seq('csv', $._string), alias($.list, $.table_rows)),

    // Expressions.
    _expressions: ($) => list($.expression),
    _orders: ($) => list($.order),
    order: ($) => seq($.expression, optional(choice('asc', 'desc'))),
    arguments: ($) => seq('(', trailing($.argument), ')'),
    argument: ($) => seq(optional(seq(field('name', $._label), ':')), field('value', $.expression)),

    expression: ($) => choice($.lambda, $.if, $._condition),
    lambda: ($) =>
      seq(choice(field('parameter', $._name), $.lambda_parameters), '=>', field('body', $.expression)),
    lambda_parameters: ($) => seq('fn', '(', list($._name), ')'),
    _condition: ($) => choice($.logical, $.not, $._compared),
    logical: ($) =>
      choice(
        prec.left(BIND.or, seq($._condition, field('operator', 'or'), $._condition)),
        prec.left(BIND.and, seq($._condition, field('operator', 'and'), $._condition)),
      ),
    not: ($) => prec(BIND.not, seq('not', $._condition)),
    // Comparisons do not chain. That they may here keeps the parser half as large.
    _compared: ($) => choice($.comparison, $.null_test, $.membership, $.between, $.pattern, $._operand),
    comparison: ($) => seq($._compared, field('operator', choice('==', '!=', '<', '<=', '>', '>=')), $._operand),
    null_test: ($) => seq($._compared, 'is', optional('not'), choice('null', $.path)),
    membership: ($) => seq($._compared, optional('not'), 'in', choice($.in_list, $._operand)),
    in_list: ($) => prec(1, seq('(', list($.expression), optional(','), ')')),
    between: ($) => seq($._compared, optional('not'), 'between', $._compared, 'and', $._operand),
    pattern: ($) => seq($._compared, optional('not'), choice('like', 'matches'), $._operand),

    _operand: ($) => choice($.binary, $.unary, $._postfix),
    binary: ($) =>
      choice(
        prec.left(BIND.coalesce, seq($._operand, field('operator', '??'), $._operand)),
        prec.left(BIND.add, seq($._operand, field('operator', choice('+', '-')), $._operand)),
        prec.left(BIND.mul, seq($._operand, field('operator', choice('*', '/', '%')), $._operand)),
      ),
    unary: ($) => prec(BIND.unary, seq(choice('-', 'try'), $._operand)),
    _postfix: ($) => choice($._primary, $.member, $.all_fields, $.index, $.fallible, $.call, $.over),
    member: ($) => prec.left(BIND.postfix, seq(field('of', $._postfix), choice('.', '?.'), field('name', $._name))),
    all_fields: ($) => prec.left(BIND.postfix, seq($._postfix, '.', '*')),
    index: ($) => prec.left(BIND.postfix, seq($._postfix, '[', $.expression, ']')),
    fallible: ($) => prec.left(BIND.postfix, seq($._postfix, '!')),
    call: ($) => prec.left(BIND.postfix, seq(field('function', $._postfix), $.arguments)),
    over: ($) => prec.left(BIND.postfix, seq($._postfix, 'over', $.frame)),
    frame: ($) =>
      seq('(', repeat(choice($.per, $.order_by, $.reach)), ')'),
    order_by: ($) => seq('by', $._orders),
    reach: ($) => seq(choice('last', 'next'), $.expression, optional('rows')),

    _primary: ($) =>
      choice(
        $._literal, $._string, $.f_string, $.list, $.record, $.parenthesized, $.case,
        $._name,
        alias('wasm', $.identifier), // the body of a function may be a name
      ),
    parenthesized: ($) => seq('(', $.expression, ')'),
    list: ($) => seq('[', trailing($.expression), ']'),
    record: ($) => seq('{', trailing($.record_field), '}'),
    record_field: ($) => seq(field('name', $._name), optional(seq(':', field('value', $.expression)))),
    case: ($) => seq('case', repeat1($.case_when), 'else', field('else', $.expression), 'end'),
    case_when: ($) => seq('when', field('when', $.expression), 'then', field('then', $.expression)),
    if: ($) => seq('if', field('if', $.expression), 'then', field('then', $.expression), 'else', field('else', $.expression)),

    // Names.
    path: ($) => $._dotted,
    _dotted: ($) => choice($._name, seq($._dotted, '.', $._name)),
    _name: ($) => choice($.identifier, alias($.quoted_identifier, $.identifier)),
    _label: ($) => choice($._name, ...BEGINS.map((word) => alias(word, $.identifier))),
    identifier: () => /[\p{L}_][\p{L}\p{Nd}\p{Mn}_]*/,
    quoted_identifier: () => /`[^`\n]*`/,

    // Literals.
    _literal: ($) =>
      choice($.integer, $.decimal, $.float, $.duration, $.size, $.temporal, $.boolean, $.null),
    integer: () => /0[xXbB][0-9a-fA-F][0-9a-fA-F_]*|[0-9]+(_[0-9]+)*/,
    decimal: () => /[0-9]+(_[0-9]+)*\.[0-9]+(_[0-9]+)*/,
    float: () => /[0-9]+(_[0-9]+)*(\.[0-9]+(_[0-9]+)*)?[eE][+-]?[0-9]+(_[0-9]+)*/,
    duration: () => /([0-9]+(_[0-9]+)*(ns|us|ms|mo|s|m|h|d|w|y))+/,
    size: () => /[0-9]+(_[0-9]+)*(B|KB|KiB|MB|MiB|GB|GiB)/,
    temporal: () => /@[0-9][0-9TZ]*([-:+.][0-9][0-9TZ]*)*(\[[^\]\n]*\])?/,
    boolean: () => choice('true', 'false'),
    null: () => 'null',

    _string: ($) => choice($.string, $.raw_string, $.block_string),
    string: ($) =>
      choice(
        seq('"', repeat(choice($._double_text, $.escape)), token.immediate('"')),
        seq("'", repeat(choice($._single_text, $.escape)), token.immediate("'")),
      ),
    raw_string: () => choice(/r"[^"\n]*"/, /r'[^'\n]*'/),
    block_string: () => /"""([^"]|"[^"]|""[^"])*"""/,
    f_string: ($) =>
      choice(
        seq('f"', repeat(choice($._double_f_text, $.escape, $.interpolation)), token.immediate('"')),
        seq("f'", repeat(choice($._single_f_text, $.escape, $.interpolation)), token.immediate("'")),
      ),
    interpolation: ($) => seq(token.immediate('{'), $.expression, '}'),
    escape: () => token.immediate(/\\(u\{[0-9a-fA-F]*\}|[^\n])/),

    // Three slashes are documentation, four are a comment.
    doc_comment: () => /\/\/\/([^\/\n][^\n]*)?/,
    comment: () => /\/\/([^\/\n][^\n]*)?|\/\/\/\/[^\n]*/,
  },
});
