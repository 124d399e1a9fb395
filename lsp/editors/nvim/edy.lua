-- edy for Neovim 0.7 and newer: the file type, the language server `edyc lsp`, and the
-- commands :EdyRun and :EdyTest. It stands in ~/.config/nvim/plugin/edy.lua:
--
--   edyc editor vim > ~/.config/nvim/plugin/edy.lua
--
-- g:edy_path is the edyc to use, g:edy_format_on_save = v:false leaves files as they are.
-- lsp/editors/README.md says how to add the tree-sitter grammar; without it the colours
-- are those of the syntax below.

if vim.g.loaded_edy then
  return
end
vim.g.loaded_edy = true

local group = vim.api.nvim_create_augroup('edy', {})
local started = {} -- the client of each folder, for Neovim before 0.8

local function edyc()
  return vim.g.edy_path or 'edyc'
end

-- root is the folder of the repository that a file stands in, or its own.
local function root(buf)
  local folder = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(buf), ':p:h')
  local git = vim.fn.finddir('.git', folder .. ';')
  return git ~= '' and vim.fn.fnamemodify(git, ':p:h:h') or folder
end

local function format(client, buf)
  if vim.g.edy_format_on_save == false then
    return
  end
  if vim.lsp.buf.format then
    vim.lsp.buf.format({ bufnr = buf, id = client.id, timeout_ms = 2000 })
  else
    vim.lsp.buf.formatting_sync(nil, 2000)
  end
end

-- attached sets up a buffer once its server answers.
local function attached(client, buf)
  vim.bo[buf].omnifunc = 'v:lua.vim.lsp.omnifunc'
  for keys, act in pairs({
    K = vim.lsp.buf.hover,
    gd = vim.lsp.buf.definition,
    grr = vim.lsp.buf.references,
    grn = vim.lsp.buf.rename,
    gra = vim.lsp.buf.code_action,
    gri = vim.lsp.buf.implementation,
    grl = vim.lsp.codelens.run,
  }) do
    vim.keymap.set('n', keys, act, { buffer = buf, desc = 'edy' })
  end
  vim.api.nvim_clear_autocmds({ group = group, buffer = buf })
  vim.api.nvim_create_autocmd('BufWritePre', {
    group = group,
    buffer = buf,
    callback = function()
      format(client, buf)
    end,
  })
end

local function start(buf)
  if vim.fn.executable(edyc()) == 0 then
    vim.notify_once('edy: there is no "' .. edyc() .. '"; install edyc or set g:edy_path', vim.log.levels.WARN)
    return
  end
  local folder = root(buf)
  local config = {
    name = 'edyc',
    cmd = { edyc(), 'lsp' },
    root_dir = folder,
    workspace_folders = { { uri = vim.uri_from_fname(folder), name = folder } },
    on_attach = attached,
  }
  if vim.lsp.start then
    vim.lsp.start(config, { bufnr = buf })
    return
  end
  local id = started[folder]
  if not id or not vim.lsp.get_client_by_id(id) then
    id = vim.lsp.start_client(config)
    started[folder] = id
  end
  vim.lsp.buf_attach_client(buf, id)
end

local function words(name, list)
  vim.cmd('syntax keyword ' .. name .. ' ' .. list)
end

-- colours are those of the words, for a Neovim without the tree-sitter grammar.
local function colours()
  vim.cmd('syntax clear')
  words('edyDeclaration', 'schema enum topic source sink stream table view command route pipe const param secret schedule policy grant test module import export')
  words('edyWord', 'from to where by per over on fn as and or not in is between like matches if then else case when end try otherwise given expect advance')
  words('edyConstant', 'true false null')
  words('edyType', 'boolean int long float double decimal string bytes uuid date timestamp local_timestamp duration period json array map')
  vim.cmd([=[
    syntax match edyStage "|>\s*\(\(left\|full\|semi\|anti\|asof\)\s\+\)*\h\w*"
    syntax match edyNumber "\<\d[0-9_]*\(\.\d\+\)\?\([eE][-+]\?\d\+\)\?\a*\>"
    syntax match edyTime "@\d[-0-9TZ:.+]*\(\[[^]]*\]\)\?"
    syntax match edyAnnotation "@\h\w*"
    syntax match edyName "\h\w*\ze\s*[:=]\([=>]\)\@!"
    syntax region edyString start=+[fr]\?"+ skip=+\\"+ end=+"\|$+
    syntax region edyString start=+'+ skip=+\\'+ end=+'\|$+
    syntax region edyString start=+"""+ end=+"""+
    syntax match edyComment "//.*$"
    syntax region edyComment start="/\*" end="\*/" contains=edyComment
    highlight default link edyDeclaration Keyword
    highlight default link edyWord Statement
    highlight default link edyStage Function
    highlight default link edyConstant Constant
    highlight default link edyType Type
    highlight default link edyNumber Number
    highlight default link edyTime Number
    highlight default link edyAnnotation PreProc
    highlight default link edyName Identifier
    highlight default link edyString String
    highlight default link edyComment Comment
  ]=])
end

local function opened(buf)
  vim.bo[buf].commentstring = '// %s'
  vim.bo[buf].comments = ':///,://'
  vim.bo[buf].expandtab = true
  vim.bo[buf].shiftwidth = 2
  vim.bo[buf].softtabstop = 2
  local grammar = vim.treesitter.start and pcall(vim.treesitter.start, buf, 'edy')
  if not grammar then
    colours()
  end
  start(buf)
end

vim.api.nvim_create_autocmd({ 'BufRead', 'BufNewFile' }, {
  group = group,
  pattern = '*.edy',
  callback = function()
    vim.bo.filetype = 'edy'
  end,
})
vim.api.nvim_create_autocmd('FileType', {
  group = group,
  pattern = 'edy',
  callback = function(event)
    opened(event.buf)
  end,
})

-- :EdyTest puts what fails into the quickfix list, :EdyRun runs the file in a terminal.
vim.api.nvim_create_user_command('EdyTest', function()
  vim.cmd('silent update')
  local lines = vim.fn.systemlist({ edyc(), '--errors=short', 'test', vim.fn.expand('%:p') })
  vim.fn.setqflist({}, ' ', { title = 'edyc test', lines = lines, efm = [[%f:%l:%c: %t%n %m,%\s%#%f:%l: %m]] })
  if vim.v.shell_error == 0 then
    print(lines[#lines] or 'edyc: no tests')
  else
    vim.cmd('copen')
  end
end, {})
vim.api.nvim_create_user_command('EdyRun', function()
  vim.cmd('silent update')
  vim.cmd('split | terminal ' .. vim.fn.shellescape(edyc()) .. ' run ' .. vim.fn.shellescape(vim.fn.expand('%:p')))
end, {})
