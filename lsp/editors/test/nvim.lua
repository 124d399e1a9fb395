-- Neovim's own client against edyc lsp, with the set-up that `edyc editor vim` prints:
--
--   nvim --headless -u NONE --cmd 'source edy.lua' -c 'luafile nvim.lua' FOLDER/shop.edy
--
-- It edits the buffer as a person would, and looks at what the editor then shows.

local failures = 0

local function check(what, ok, got)
  if ok then
    io.stdout:write('ok ' .. what .. '\n')
  else
    failures = failures + 1
    io.stdout:write('not ok ' .. what .. ': ' .. vim.inspect(got) .. '\n')
  end
end

local buf = vim.api.nvim_get_current_buf()

local function clients()
  return vim.tbl_values((vim.lsp.get_clients or vim.lsp.get_active_clients)())
end

local function await(what, test)
  if not vim.wait(10000, test, 20) then
    check(what, false, 'did not come within 10 s')
  end
end

-- ask sends a request for a place, the first character of a word in the first line that
-- matches a pattern, and gives the answer.
local function place(line_pattern, word)
  for n, line in ipairs(vim.api.nvim_buf_get_lines(buf, 0, -1, false)) do
    local from = line:find(line_pattern)
    if from then
      return { line = n - 1, character = line:find(word, from, true) - 1 }
    end
  end
  error('no line with ' .. line_pattern)
end

local function ask(method, position, more)
  local params = vim.tbl_extend('force', { textDocument = { uri = vim.uri_from_bufnr(buf) }, position = position }, more or {})
  local answers, err = vim.lsp.buf_request_sync(buf, method, params, 10000)
  for _, answer in pairs(answers or {}) do
    if answer.error then
      error(method .. ': ' .. answer.error.message)
    end
    return answer.result
  end
  error(method .. ': ' .. tostring(err))
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(buf, 0, -1, false), '\n') .. '\n'
end

local function substitute(from, to)
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, vim.split(text():gsub('\n$', ''):gsub(from, to), '\n'))
end

local function diagnostics()
  return vim.diagnostic.get(buf)
end

local function run()
  check('the file type is edy', vim.bo[buf].filetype == 'edy', vim.bo[buf].filetype)
  await('the client starts', function()
    return #clients() == 1 and clients()[1].initialized ~= false and vim.bo[buf].omnifunc ~= ''
  end)
  check('the client is edyc', clients()[1].name == 'edyc', clients()[1].name)
  check('the omni completion is that of the client', vim.bo[buf].omnifunc == 'v:lua.vim.lsp.omnifunc', vim.bo[buf].omnifunc)

  local get = vim.treesitter.query.get or vim.treesitter.get_query
  local tree = vim.treesitter.get_parser(buf, 'edy'):parse()[1]:root()
  check('the grammar reads the file', tree:type() == 'source_file' and not tree:has_error(), tree:sexpr())
  local coloured = {}
  for id, node in get('edy', 'highlights'):iter_captures(tree, buf, 0, -1) do
    local from_line, from, to_line, to = node:range()
    if from_line == to_line then
      coloured[get('edy', 'highlights').captures[id] .. ' ' .. vim.api.nvim_buf_get_lines(buf, from_line, from_line + 1, false)[1]:sub(from + 1, to)] = true
    end
  end
  check('the highlights know stages, types and functions', coloured['keyword aggregate'] and coloured['type Order'] and coloured['function.call sum'], vim.tbl_keys(coloured))
  if vim.treesitter.start then
    check('the highlights are on', vim.treesitter.highlighter.active[buf] ~= nil, nil)
  end

  local hover = ask('textDocument/hover', place('|> window', 'window'))
  local says = type(hover.contents) == 'table' and hover.contents.value or hover.contents
  check('hover shows the columns after a stage', says:find('customer', 1, true) and says:find('decimal(10, 2)', 1, true), says)

  local found = ask('textDocument/definition', place('from large', 'large'))
  found = found[1] or found
  local range = found.targetSelectionRange or found.range
  check('definition goes to the stream', range.start.line == place('^stream large', 'large').line and range.start.character == 7, range)

  substitute('where amount', 'where amout')
  await('a diagnostic', function()
    return #diagnostics() > 0
  end)
  local d = diagnostics()[1]
  check('the diagnostic stands at the name', d.lnum == place('where amout', 'amout').line and d.col == place('where amout', 'amout').character, d)
  check('the diagnostic says what is wrong', d.message:find('no column "amout"', 1, true) and d.code == 'E0202', d)
  substitute('where amout', 'where amount')
  await('no diagnostics', function()
    return #diagnostics() == 0
  end)
  check('the diagnostic goes with the mistake', #diagnostics() == 0, diagnostics())

  vim.api.nvim_buf_set_lines(buf, -1, -1, false, { 'stream more = from per_customer |> where tot' })
  local last = vim.api.nvim_buf_line_count(buf)
  local items = ask('textDocument/completion', { line = last - 1, character = 44 }, { context = { triggerKind = 1 } })
  local labels = vim.tbl_map(function(item)
    return item.label
  end, items.items or items)
  check('completion knows the column of an aggregate', vim.tbl_contains(labels, 'total'), labels)
  vim.api.nvim_buf_set_lines(buf, last - 1, last, false, {})

  vim.api.nvim_win_set_cursor(0, { place('^stream large', 'large').line + 1, 7 })
  vim.lsp.buf.rename('big')
  await('the rename', function()
    return not text():find('large')
  end)
  local _, uses = text():gsub('%f[%w]big%f[%W]', '')
  check('rename changes the declaration and both uses', uses == 3, text())
  await('no diagnostics after the rename', function()
    return #diagnostics() == 0
  end)

  substitute('from orders\n  |> where amount > 100.0', 'from orders |> where   amount>100.0')
  vim.cmd('silent write')
  check('a file is formatted when it is saved', text():find('from orders\n  |> where amount > 100.0\n', 1, true), text())
  check('and so it stands on the disk', table.concat(vim.fn.readfile(vim.fn.expand('%:p')), '\n') .. '\n' == text(), nil)

  substitute('expect big %[ { id: "b" } %]', 'expect big [ { id: "c" } ]')
  vim.cmd('EdyTest')
  local items_of_list = vim.tbl_filter(function(item)
    return item.valid == 1
  end, vim.fn.getqflist())
  check(':EdyTest lists what failed', #items_of_list > 0 and items_of_list[1].lnum == place('expect big', 'expect').line + 1, vim.fn.getqflist())
end

local ok, err = xpcall(run, debug.traceback)
check('the script ran to its end', ok, err)
io.stdout:write(failures == 0 and 'all well\n' or failures .. ' failed\n')
vim.cmd(failures == 0 and 'qall!' or 'cquit 1')
