-- Weighted round robin over {node = weight}.
local _M = {}
local metatable = { __index = _M }

local function ring(nodes)
  local list = {}
  for node, weight in pairs(nodes) do
    for _ = 1, weight do
      list[#list + 1] = node
    end
  end
  table.sort(list)
  return list
end

function _M.new(_, nodes)
  return setmetatable({ list = ring(nodes), at = 0 }, metatable)
end

function _M.reinit(self, nodes)
  self.list, self.at = ring(nodes), 0
end

function _M.find(self)
  if #self.list == 0 then
    return nil, "no nodes"
  end
  self.at = self.at % #self.list + 1
  return self.list[self.at]
end

return _M
