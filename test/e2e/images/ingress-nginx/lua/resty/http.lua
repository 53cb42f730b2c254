local _M = {}

function _M.new()
  return nil, "OCSP stapling is not in this image"
end

return _M
