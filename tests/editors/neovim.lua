-- Neovim as a client of redox-lsp, without a plugin: what docs/editors.md tells, and what it shows.
-- Run as: nvim --headless --clean -l is newer than 0.7, so: nvim --headless --clean -S neovim.lua
-- FILE is the document, COMMAND the server's words, RESULT where the findings go, as JSON.

local command = vim.split(os.getenv("COMMAND"), "\n")
local result = {}

local function wait_for(what, test)
  if not vim.wait(60000, test, 20) then
    error("in vain waited for " .. what)
  end
end

local function write_result()
  local file = assert(io.open(os.getenv("RESULT"), "w"))
  file:write(vim.fn.json_encode(result))
  file:close()
end

local function drive()
  vim.cmd("edit " .. vim.fn.fnameescape(os.getenv("FILE")))
  vim.bo.filetype = "iron"
  local buffer = vim.api.nvim_get_current_buf()
  local previews = 0
  local client_id = assert(vim.lsp.start_client({
    name = "redox",
    cmd = command,
    root_dir = vim.fn.getcwd(),
    settings = { redox = { rustc = { when = "never" } } },
    handlers = {
      ["redox/previewChanged"] = function(_, changed)
        previews = previews + 1
        result.changed = changed
      end,
    },
  }))
  vim.lsp.buf_attach_client(buffer, client_id)
  local client = vim.lsp.get_client_by_id(client_id)
  wait_for("the server", function() return client.initialized end)
  result.encoding = client.offset_encoding

  local function request(method, params)
    params = vim.tbl_extend("force", {
      textDocument = vim.lsp.util.make_text_document_params(buffer),
    }, params or {})
    local answers, problem = vim.lsp.buf_request_sync(buffer, method, params, 60000)
    assert(answers, problem)
    local answer = assert(answers[client_id], "no answer to " .. method)
    assert(not answer.error, vim.inspect(answer.error))
    return answer.result
  end

  wait_for("a diagnostic", function() return #vim.diagnostic.get(buffer) > 0 end)
  result.diagnostics = vim.tbl_map(
    function(one) return { code = one.code, lnum = one.lnum, col = one.col } end,
    vim.diagnostic.get(buffer)
  )
  result.preview = request("redox/openPreview").text
  local lines = vim.api.nvim_buf_line_count(buffer)
  vim.api.nvim_buf_set_lines(buffer, lines, lines, false, { "end function" })
  wait_for("no diagnostic", function() return #vim.diagnostic.get(buffer) == 0 end)
  wait_for("a preview", function() return previews > 0 end)
  result.mended = request("redox/preview").text
  local at = { position = { line = 1, character = 24 } }
  result.hover = request("textDocument/hover", at).contents.value

  client.stop()
  wait_for("the end", function() return client.is_stopped() end)
end

local ok, problem = pcall(drive)
result.problem = not ok and tostring(problem) or nil
write_result()
vim.cmd("qall!")
